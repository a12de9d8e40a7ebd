"""What the kernels of a target want of the compiler: weights in their own order, constants of their own, scratch.

A board's `[compiler] kernels` names the variant; `PACKERS` lists what each variant packs. Everything here is proven
to give the reference's bytes, or is not used: a packer then returns None and the kernel takes the plain layer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.requantize_fast import FastRequantize, prove, requantize

EXACT = -1  # TM_LX6_EXACT
ALL_CONSTANTS = ("weights", "bias", "multiplier", "shift")  # of a layer whose record holds everything
LANES = [0, 2, 1, 3]  # the order in which two masks take four bytes out of a word
HEADROOM_BITS = 20  # of the reference's sums
INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class Packed:
    """What goes into a layer's `packed` field."""

    definition: str  # C text that defines `<layer>_packed`
    constants: list[Constant]  # the arrays that it points to
    scratch_bytes: int = 0  # for one worker that computes whole rows
    replaces: tuple[str, ...] = ()  # members of the layer that the kernel then does not read


def pack(kernels: str, layer: Layer) -> Packed | None:
    """Prepare a layer for the variant `kernels`; None where the variant takes it as it is."""
    packer = PACKERS.get((kernels, layer.kernel))
    return packer(layer) if packer else None


def conv_lx6(layer: Layer) -> Packed:
    """One record a channel: constants, weights as int16. Scratch: a row of pixels widened to int16."""
    fields = layer.fields
    weights = fields["weights"].values.reshape(fields["out_channels"], -1)
    constants = _prove(layer, weights)
    channels, depth = weights.shape
    taps = depth + -depth % 4
    padded = np.zeros((channels, taps), np.int16)
    padded[:, :depth] = weights
    quads = fields["in_channels"] % 4 == 0
    if quads:
        padded = padded.reshape(channels, -1, 4)[:, :, LANES].reshape(channels, taps)
    records = _records(layer, constants, padded)
    two_sided = any(fast.offset != fast.negative_offset for fast in constants)
    exact = not all(fast.proven for fast in constants)
    record_words = records.values.shape[1]
    definition = (
        f"static const tm_lx6_conv {layer.name}_packed = "
        f"{{{records.name}, {record_words}, {taps}, {int(quads)}, {int(two_sided)}, {int(exact)}}};"
    )
    # The kernel reads, and does not use, up to 8 bytes past the last pixel.
    scratch_bytes = fields["out_width"] * (taps * 2 + (4 if exact else 0)) + 8
    replaces = (
        ("weights", "bias") if exact else ALL_CONSTANTS
    )  # TFLite's own arithmetic takes its own constants
    return Packed(definition, [records], scratch_bytes, replaces)


def depthwise_lx6(layer: Layer) -> Packed | None:
    """The common 3x3 only: records in the order of the lanes. Scratch: four channels of three rows."""
    fields = layer.fields
    channels = fields["out_channels"]
    shape = tuple(fields[name] for name in ("kernel_height", "kernel_width", "dilation", "in_channels"))
    if shape != (3, 3, 1, channels) or channels % 4 or fields["stride"] not in (1, 2):
        return None
    taps = fields["weights"].values.reshape(3, 3, channels).transpose(2, 1, 0).reshape(channels, 9)
    constants = _prove(layer, taps)
    if not all(fast.proven and fast.offset == fast.negative_offset for fast in constants):
        return None
    padded = np.zeros((channels, 10), np.int16)
    padded[:, :9] = taps
    order = np.arange(channels).reshape(-1, 4)[:, LANES].reshape(-1)
    records = _records(layer, [constants[c] for c in order], padded[order])
    definition = f"static const tm_lx6_depthwise {layer.name}_packed = {{{records.name}}};"
    columns = (fields["out_width"] - 1) * fields["stride"] + 3
    return Packed(definition, [records], columns * 3 * 4 * 2, ALL_CONSTANTS)


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
            _pairs(quads.reshape(channels // 2, -1)),
            folded.constants.reshape(-1, 6),
        ]
    )
    records = Constant(f"{layer.name}_records", "int32_t", words.astype(np.int32))
    definition = (
        f"static const tm_m4_conv {layer.name}_packed = {{{records.name}, {taps}, {int(folded.two_sided)}}};"
    )
    return Packed(definition, [records], taps * 6, ALL_CONSTANTS)


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
            _pairs(quads.reshape(channels // 4, -1)),
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


def _pairs(values: np.ndarray) -> np.ndarray:
    """Return int16 values two a word, the first one lower."""
    return np.ascontiguousarray(values, "<i2").view("<i4")


def add_tables(layer: Layer) -> Packed | None:
    """Both inputs' shares of the sum as tables of 256 words, checked for all 65,536 pairs of bytes."""
    fields = layer.fields
    channels = fields["channels"]
    strides = tuple(fields[f"{side}_{axis}_stride"] for side in "ab" for axis in ("pixel", "channel"))
    if strides != (channels, 1, channels, 1) or (fields["out_min"], fields["out_max"]) != (-128, 127):
        return None
    values = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.int64)

    def share(side: str) -> np.ndarray:
        scaled = (values - fields[f"{side}_zero_point"]) << HEADROOM_BITS
        return requantize(scaled, np.array(fields[f"{side}_multiplier"]), np.array(fields[f"{side}_shift"]))

    a, b = share("a"), share("b")
    out_multiplier, out_shift = fields["out_multiplier"], fields["out_shift"]
    exact = requantize(a[:, None] + b[None, :], np.array(out_multiplier), np.array(out_shift))
    outputs = np.clip(exact + fields["out_zero_point"], -128, 127)
    real = out_multiplier * 2.0 ** (out_shift - 31)
    for shift in range(23, 15, -1):
        table_a = np.rint(a * (real * 2.0**shift)).astype(np.int64)
        table_b = np.rint(b * (real * 2.0**shift)).astype(np.int64)
        table_b += (2 * fields["out_zero_point"] + 1) << (shift - 1)
        sums = table_a[:, None] + table_b
        # Each pair's sum may lie anywhere between these; saturated outputs are open to one side.
        least = np.where(outputs > -128, outputs << shift, min(sums.min(), -128 << shift))
        greatest = np.where(outputs < 127, ((outputs + 1) << shift) - 1, max(sums.max(), 128 << shift))
        for _ in range(4):  # put each entry into the middle of what the other table leaves it
            table_b = (
                (least - table_a[:, None]).max(axis=0) + (greatest - table_a[:, None]).min(axis=0)
            ) // 2
            table_a = ((least - table_b).max(axis=1) + (greatest - table_b).min(axis=1)) // 2
        sums = table_a[:, None] + table_b
        if ((sums < least) | (sums > greatest)).any():
            continue
        if np.abs(table_a).max() + np.abs(table_b).max() <= INT32_MAX:
            arrays = [
                Constant(f"{layer.name}_{side}", "int32_t", table.astype(np.int32))
                for side, table in (("a", table_a), ("b", table_b))
            ]
            names = ", ".join(array.name for array in arrays)
            return Packed(f"static const tm_sum_tables {layer.name}_packed = {{{names}, {shift}}};", arrays)
    return None


def _prove(layer: Layer, taps: np.ndarray) -> list[FastRequantize]:
    """Return the fast requantisation of each channel; taps: [channels, taps]."""
    fields = layer.fields
    multiplier, shift, bias = (fields[name].values for name in ("multiplier", "shift", "bias"))
    return prove(
        taps, bias, multiplier, shift, fields["out_zero_point"], fields["out_min"], fields["out_max"]
    )


def _records(layer: Layer, constants: list[FastRequantize], weights: np.ndarray) -> Constant:
    """Return int32 [channels, 6 + taps / 2]: constants, then the int16 weights two a word, the first one lower."""
    heads = [
        [f.start, f.coarse, f.fine, f.offset, f.negative_offset, f.shift if f.proven else EXACT]
        for f in constants
    ]
    words = np.hstack([np.array(heads, np.int32), _pairs(weights)])
    return Constant(f"{layer.name}_records", "int32_t", words)


PACKERS: dict[tuple[str, str], Callable[[Layer], Packed | None]] = {
    ("lx6", "tm_conv_row_s8"): conv_lx6,
    ("lx6", "tm_depthwise_row_s8"): depthwise_lx6,
    ("lx6", "tm_add_row_s8"): add_tables,
    ("cortex_m4", "tm_conv_row_s8"): conv_cortex_m4,
    ("cortex_m4", "tm_depthwise_row_s8"): depthwise_cortex_m4,
    ("cortex_m4", "tm_add_row_s8"): add_tables,
}
