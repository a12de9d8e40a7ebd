"""What the kernels of a target want of the compiler: weights in their own order, constants of their own, scratch.

A board's `[compiler] kernels` names the variant. Each function here returns what the emitter writes into a layer's
`packed` field, or None where the variant's kernel takes the layer as it is (or leaves it to the reference).
"""

from dataclasses import dataclass

import numpy as np

from tinyml.compiler.requantize_fast import FastRequantize, prove

EXACT = -1  # TM_LX6_EXACT


@dataclass(frozen=True)
class Layer:
    """A convolution or depthwise layer as the packers see it.

    weights: int8 [out_channels, kernel_height, kernel_width, in_channels]; depthwise [kernel_height, kernel_width,
    out_channels]. bias: int32 [out_channels] with the input zero point folded in. multiplier (Q31), shift: [out_channels].
    """

    weights: np.ndarray
    bias: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray
    in_channels: int
    out_zero_point: int
    out_min: int
    out_max: int
    out_width: int
    stride: int = 1
    dilation: int = 1


@dataclass(frozen=True)
class Packed:
    """C text that defines `<name>_packed`, and the scratch bytes that the kernel needs with it."""

    declarations: str
    scratch_bytes: int
    replaces_weights: bool  # the kernel reads neither `weights` nor `bias`


def pack_conv(kernels: str, name: str, layer: Layer) -> Packed | None:
    """Prepare a convolution (or a fully connected layer) called `name` for the variant `kernels`."""
    if kernels != "lx6":
        return None
    channels = layer.weights.shape[0]
    weights = layer.weights.reshape(channels, -1)
    constants = prove(
        weights, layer.bias, layer.multiplier, layer.shift, layer.out_zero_point, layer.out_min, layer.out_max
    )
    taps = weights.shape[1] + -weights.shape[1] % 4
    padded = np.zeros((channels, taps), np.int16)
    padded[:, : weights.shape[1]] = weights
    quads = layer.in_channels % 4 == 0
    if quads:
        padded = padded.reshape(channels, -1, 4)[:, :, [0, 2, 1, 3]].reshape(channels, taps)
    records = _records(constants, padded)
    two_sided = any(fast.offset != fast.negative_offset for fast in constants)
    exact = not all(fast.proven for fast in constants)
    declarations = _words(f"{name}_records", records) + (
        f"static const tm_lx6_conv {name}_packed = "
        f"{{{name}_records, {records.shape[1]}, {taps}, {int(quads)}, {int(two_sided)}, {int(exact)}}};\n"
    )
    pixels = layer.out_width * taps * 2 + 8  # the kernel reads up to 8 bytes past the last pixel
    return Packed(declarations, pixels + (layer.out_width * 4 if exact else 0), replaces_weights=True)


def pack_depthwise(kernels: str, name: str, layer: Layer) -> Packed | None:
    """Prepare a depthwise convolution called `name` for the variant `kernels`; None where it is not the common 3x3."""
    if kernels != "lx6":
        return None
    height, width, channels = layer.weights.shape
    if (height, width, layer.dilation) != (3, 3, 1) or channels != layer.in_channels or channels % 4:
        return None
    if layer.stride not in (1, 2):
        return None
    taps = layer.weights.transpose(2, 1, 0).reshape(channels, 9)  # column by column, as the lanes lie
    constants = prove(
        taps, layer.bias, layer.multiplier, layer.shift, layer.out_zero_point, layer.out_min, layer.out_max
    )
    if not all(fast.proven and fast.offset == fast.negative_offset for fast in constants):
        return None
    padded = np.zeros((channels, 10), np.int16)
    padded[:, :9] = taps
    order = np.arange(channels).reshape(-1, 4)[:, [0, 2, 1, 3]].reshape(-1)
    records = _records([constants[c] for c in order], padded[order])
    columns = (layer.out_width - 1) * layer.stride + 3
    declarations = _words(f"{name}_records", records) + (
        f"static const tm_lx6_depthwise {name}_packed = {{{name}_records}};\n"
    )
    return Packed(declarations, columns * 3 * 4 * 2, replaces_weights=True)


def _records(constants: list[FastRequantize], weights: np.ndarray) -> np.ndarray:
    """Return int32 [channels, 6 + taps / 2]: constants, then the int16 weights two a word, the first one lower."""
    heads = np.array(
        [
            [f.start, f.coarse, f.fine, f.offset, f.negative_offset, f.shift if f.proven else EXACT]
            for f in constants
        ],
        np.int32,
    )
    return np.hstack([heads, np.ascontiguousarray(weights, "<i2").view("<i4")])


def _words(name: str, values: np.ndarray) -> str:
    """Return a C array of int32, one record a line."""
    # INT32_MIN has no literal of its own in C.
    lines = (",".join(str(v) if v > -(2**31) else "-2147483647-1" for v in row) for row in values.tolist())
    return f"static const int32_t {name}[{values.size}] = {{\n" + ",\n".join(lines) + "\n};\n"
