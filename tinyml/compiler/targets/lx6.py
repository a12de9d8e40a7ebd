"""Records for the kernels of the ESP32's LX6: constants and int16 weights of a channel side by side."""

import numpy as np

from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.targets.base import ALL_CONSTANTS, LANES, Packed, pairs
from tinyml.compiler.targets.requantize_fast import FastRequantize, prove

EXACT = -1  # TM_LX6_EXACT


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
    words = np.hstack([np.array(heads, np.int32), pairs(weights)])
    return Constant(f"{layer.name}_records", "int32_t", words)
