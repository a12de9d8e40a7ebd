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
    return Packed(definition, [records], scratch_bytes, ("weights", "bias"))


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
    return Packed(definition, [records], columns * 3 * 4 * 2, ("weights", "bias"))


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
        return requantize(scaled, np.int64(fields[f"{side}_multiplier"]), np.int64(fields[f"{side}_shift"]))

    a, b = share("a"), share("b")
    out_multiplier, out_shift = fields["out_multiplier"], fields["out_shift"]
    exact = requantize(a[:, None] + b[None, :], np.int64(out_multiplier), np.int64(out_shift))
    outputs = np.clip(exact + fields["out_zero_point"], -128, 127)
    real = out_multiplier * 2.0 ** (out_shift - 31)
    for shift in range(23, 15, -1):
        table_a = np.rint(a * (real * 2.0**shift)).astype(np.int64)
        table_b = np.rint(b * (real * 2.0**shift)).astype(np.int64)
        sums = table_a[:, None] + table_b[None, :]
        least = ((outputs << shift) - sums)[outputs > -128]
        greatest = (((outputs + 1) << shift) - 1 - sums)[outputs < 127]
        if not least.size or not greatest.size or least.max() > greatest.min():
            continue
        table_b += (least.max() + greatest.min()) // 2
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
    words = np.hstack([np.array(heads, np.int32), np.ascontiguousarray(weights, "<i2").view("<i4")])
    return Constant(f"{layer.name}_records", "int32_t", words)


PACKERS: dict[tuple[str, str], Callable[[Layer], Packed | None]] = {
    ("lx6", "tm_conv_row_s8"): conv_lx6,
    ("lx6", "tm_depthwise_row_s8"): depthwise_lx6,
    ("lx6", "tm_add_row_s8"): add_tables,
    ("cortex_m4", "tm_add_row_s8"): add_tables,
}
