"""Records for the kernels of the Cortex-M4: pairs of channels, constants in the form that SMMULR wants."""

from dataclasses import dataclass

import numpy as np

from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.targets.base import ALL_CONSTANTS, INT32_MAX, LANES, Packed, pairs
from tinyml.compiler.targets.requantize_fast import requantize


def conv_cortex_m4(layer: Layer) -> Packed | None:
    """One record for each pair of channels. Scratch: two pixels as int16 and two patches of bytes."""
    fields = layer.fields
    channels = fields["out_channels"]
    weights = fields["weights"].values.reshape(channels, -1)
    if channels % 2 or (folded := _fold_cortex_m4(layer, weights)) is None:
        return None
    taps = weights.shape[1] + -weights.shape[1] % 4
    padded = np.zeros((channels, taps), np.int64)
    padded[:, : weights.shape[1]] = folded.taps
    quads = padded.reshape(channels // 2, 2, taps // 4, 4)[..., LANES].transpose(0, 2, 1, 3)
    words = np.hstack(
        [
            folded.bias.reshape(-1, 2),
            pairs(quads.reshape(channels // 2, -1)),
            folded.constants.reshape(-1, 6),
        ]
    )
    records = Constant(f"{layer.name}_records", "int32_t", words.astype(np.int32))
    definition = (
        f"static const tm_m4_conv {layer.name}_packed = {{{records.name}, {taps}, {int(folded.two_sided)}}};"
    )
    return Packed(definition, [records], taps * 6, replaces=ALL_CONSTANTS)


def depthwise_cortex_m4(layer: Layer) -> Packed | None:
    """The common 3x3 only: one record for every four channels."""
    fields = layer.fields
    channels = fields["out_channels"]
    shape = tuple(fields[name] for name in ("kernel_height", "kernel_width", "dilation", "in_channels"))
    if shape != (3, 3, 1, channels) or channels % 4:
        return None
    taps = fields["weights"].values.reshape(9, channels)
    if (folded := _fold_cortex_m4(layer, taps.T)) is None:
        return None
    quads = folded.taps.T.reshape(9, channels // 4, 4)[..., LANES].transpose(1, 0, 2)
    words = np.hstack(
        [
            folded.bias.reshape(-1, 4),
            pairs(quads.reshape(channels // 4, -1)),
            folded.constants.reshape(-1, 12),
        ]
    )
    records = Constant(f"{layer.name}_records", "int32_t", words.astype(np.int32))
    definition = f"static const tm_m4_depthwise_layer {layer.name}_packed = {{{records.name}, {int(folded.two_sided)}}};"
    return Packed(definition, [records], replaces=ALL_CONSTANTS)


@dataclass(frozen=True)
class FoldedCortexM4:
    """What SMMULR needs: weights and bias hold left shifts and a factor of 2; constants: multiplier, rounding, shift."""

    taps: np.ndarray  # int64 [channels, n]
    bias: np.ndarray  # int64 [channels]
    constants: np.ndarray  # int64 [channels, 3]
    two_sided: bool


def _fold_cortex_m4(layer: Layer, taps: np.ndarray) -> FoldedCortexM4 | None:
    """Return TFLite's rounding in the form of the Cortex-M4 kernels; None where it does not fit. taps: [channels, n]."""
    fields = layer.fields
    multiplier, shift, bias = (
        fields[name].values.astype(np.int64) for name in ("multiplier", "shift", "bias")
    )
    taps = taps.astype(np.int64)
    zero_point, (low, high) = fields["out_zero_point"], (fields["out_min"], fields["out_max"])
    if (low, high) != (-128, 127):
        return None
    ends = np.stack([bias - 127 * np.abs(taps).sum(axis=1) - 1, bias + 128 * np.abs(taps).sum(axis=1)])
    # Dead channels, some with scales far from all others, give the same output whatever their input is.
    outputs = np.clip(requantize(ends, multiplier, shift) + zero_point, low, high)
    dead = (outputs[0] == outputs[1]) & (np.abs(ends).max(axis=0) <= INT32_MAX)
    right = np.where(dead, 1, np.maximum(-shift, 0))
    left = np.where(dead, 1, np.maximum(shift, 0) + 1)
    rounding = np.where(right > 0, (np.int64(1) << right) >> 1, 0) + (zero_point << right)
    rounding = np.where(dead, outputs[0] << 1, rounding)
    alive = np.where(dead, 0, 1)
    multiplier, bias, taps = multiplier * alive, bias * alive, taps * alive[:, None]
    two_sided = zero_point > -128
    largest = np.abs(ends).max(axis=0) * alive
    fits = ((largest << left) <= INT32_MAX) & (127 << left <= 32767)
    # An arithmetic shift by 0 rounds nothing: the correction of negative values must not be there.
    fits &= (right > 0) | (not two_sided)
    fits &= ((largest << left) * multiplier >> 32) + np.abs(rounding) + 2 <= INT32_MAX
    if not fits.all():
        return None
    constants = np.stack([multiplier, rounding, right], axis=1)
    return FoldedCortexM4(taps << left[:, None], bias << left, constants, two_sided)
