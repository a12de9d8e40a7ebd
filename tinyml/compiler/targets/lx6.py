"""Records for the kernels of the ESP32's LX6: constants and int16 weights of a channel side by side."""

import itertools

import numpy as np

from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.targets.base import ALL_CONSTANTS, LANES, Packed, pairs
from tinyml.compiler.targets.requantize_fast import FastRequantize, prove

PLAIN, SIGNED, EXACT = 0, 1, 2  # TM_LX6_PLAIN and so on
LEAST_TAPS_OF_EXACT = 12  # what tm_lx6_dot_sums can do
OVERREAD_BYTES = {"conv": 8, "depthwise": 16}  # what the kernels read behind their scratch, and do not use
SIGNED_HEAD_BYTES = 24  # of a wide record
SHIFT_BITS = 5  # of a small record's first word
UNPACKED_BYTES = (
    1024  # of scratch for small records that are made wide together, where one does not need more
)
LARGEST_COARSE = (1 << (31 - SHIFT_BITS)) - 1


def conv_lx6(layer: Layer) -> Packed:
    """One record per channel: constants, and weights as int16 or, smaller, as bytes. Scratch: pixels widened to int16."""
    fields = layer.fields
    weights = fields["weights"].values.reshape(fields["out_channels"], -1)
    constants = _prove(layer, weights)
    kinds = _runs([_kind(fast) for fast in constants])
    exact = EXACT in kinds
    channels, depth = weights.shape
    taps = max(depth + -depth % 4, LEAST_TAPS_OF_EXACT if exact else 0)
    padded = np.zeros((channels, taps), np.int16)
    padded[:, :depth] = weights
    quads = fields["in_channels"] % 4 == 0
    if quads:
        padded = padded.reshape(channels, -1, 4)[:, :, LANES].reshape(channels, taps)
    padded = np.roll(padded, -1, axis=1)  # from the second to the first

    record_bytes = SIGNED_HEAD_BYTES + taps * 2

    def packed(records: Constant, small: int, smaller: Packed | None = None) -> Packed:
        runs = [(kind, len([*group])) for kind, group in itertools.groupby(kinds)]
        listed = ", ".join(f"{{{count}, {kind}}}" for kind, count in runs)
        definition = (
            f"static const tm_lx6_run {layer.name}_runs[] = {{{listed}}};\n"
            f"static const tm_lx6_conv {layer.name}_packed = "
            f"{{{records.name}, {layer.name}_runs, {len(runs)}, {taps}, {int(quads)}, {small}, {int(exact)}}};"
        )
        column_bytes = taps * 2 + (4 if exact else 0)
        return Packed(
            definition,
            [records],
            OVERREAD_BYTES["conv"] + small * record_bytes,
            column_bytes,
            (*ALL_CONSTANTS, "pad") if _stays_inside(layer) else ALL_CONSTANTS,
            smaller,
        )

    heads = _heads(layer, constants, kinds)
    smaller = None
    if all(fast.coarse <= LARGEST_COARSE for fast in constants) and padded.min() > -128:
        together = min(channels, max(1, UNPACKED_BYTES // record_bytes))
        smaller = packed(_records(layer, [small_head(*head) for head in heads], quads_of(padded)), together)
    wide = _records(layer, [head for _, head in heads], pairs(padded))
    return packed(wide, 0, smaller)


def depthwise_lx6(layer: Layer) -> Packed | None:
    """The common 3x3 only: records in the order of the lanes. Scratch: four channels of three rows."""
    fields = layer.fields
    channels = fields["out_channels"]
    shape = tuple(fields[name] for name in ("kernel_height", "kernel_width", "dilation", "in_channels"))
    if shape != (3, 3, 1, channels) or channels % 4 or fields["stride"] not in (1, 2):
        return None
    taps = fields["weights"].values.reshape(3, 3, channels).transpose(2, 1, 0).reshape(channels, 9)
    constants = _prove(layer, taps)
    kind = max(_kind(fast) for fast in constants)
    if kind == EXACT:
        return None
    padded = np.zeros((channels, 10), np.int16)
    padded[:, :9] = taps
    order = np.arange(channels).reshape(-1, 4)[:, LANES].reshape(-1)
    heads = _heads(layer, [constants[c] for c in order], [kind] * channels)
    column_bytes = 3 * 4 * 2  # four channels of three rows
    scratch_bytes = (3 - fields["stride"]) * column_bytes + OVERREAD_BYTES["depthwise"]

    def packed(records: Constant, is_small: bool, smaller: Packed | None = None) -> Packed:
        definition = f"static const tm_lx6_depthwise {layer.name}_packed = {{{records.name}, {kind}, {int(is_small)}}};"
        record_bytes = (
            4 * (SIGNED_HEAD_BYTES + 20) + 4 if is_small else 0
        )  # of four channels, and a word too much
        return Packed(
            definition,
            [records],
            scratch_bytes + record_bytes,
            fields["stride"] * column_bytes,
            ALL_CONSTANTS,
            smaller,
        )

    smaller = None
    if all(fast.coarse <= LARGEST_COARSE for fast in constants) and padded.min() > -128:
        twelve = np.pad(padded[order], ((0, 0), (0, 2)))
        smaller = packed(_records(layer, [small_head(*head) for head in heads], quads_of(twelve)), True)
    return packed(_records(layer, [head for _, head in heads], pairs(padded[order])), False, smaller)


def _stays_inside(layer: Layer) -> bool:
    """Return whether no window of a convolution reaches beyond the picture: one pixel, and no padding before it."""
    extent = tuple(layer.fields[name] for name in ("kernel_height", "kernel_width", "pad_left"))
    return extent == (1, 1, 0) and layer.node is not None and not layer.node.pads


def _prove(layer: Layer, taps: np.ndarray) -> list[FastRequantize]:
    """Return the fast requantization of each channel; taps: [channels, taps]."""
    fields = layer.fields
    multiplier, shift, bias = (fields[name].values for name in ("multiplier", "shift", "bias"))
    return prove(
        taps, bias, multiplier, shift, fields["out_zero_point"], fields["out_min"], fields["out_max"]
    )


def _kind(fast: FastRequantize) -> int:
    """Return which loops may take a channel."""
    if not fast.proven:
        return EXACT
    return PLAIN if fast.start == 0 and fast.offset == fast.negative_offset else SIGNED


def _runs(kinds: list[int]) -> list[int]:
    """Return kinds in longer runs: plain channels count as signed where the two change too often to call each run."""
    plain_runs = sum(kind == PLAIN for kind, _ in itertools.groupby(kinds))
    if plain_runs * 8 <= len(kinds):
        return kinds
    return [SIGNED if kind == PLAIN else kind for kind in kinds]


def _heads(layer: Layer, constants: list[FastRequantize], kinds: list[int]) -> list[tuple[int, list[int]]]:
    """Return kind and first words of each channel's wide record."""
    found = []
    for channel, (fast, kind) in enumerate(zip(constants, kinds, strict=True)):
        head = [fast.coarse, fast.fine, fast.offset, fast.shift]
        if kind == EXACT:
            multiplier, shift = (int(layer.fields[name].values[channel]) for name in ("multiplier", "shift"))
            head = [multiplier, 0, 0, shift]
        found.append((kind, head if kind == PLAIN else [*head, fast.start, fast.negative_offset]))
    return found


def small_head(kind: int, head: list[int]) -> list[int]:
    """Return the first words of a small record, from those of the wide one."""
    coarse, fine, offset, shift, *more = head
    if kind == EXACT:
        return [coarse, shift, 0, *more]
    return [coarse << SHIFT_BITS | shift, fine, offset, *more]


def quads_of(values: np.ndarray) -> np.ndarray:
    """Return int16 values of -127 .. 127 as bytes, four a word, as tm_lx6_unpack_weights makes two words of pairs of them."""
    fours = values.astype(np.int64).reshape(len(values), -1, 4)
    lanes = fours + np.array([128, 127, 128, 127])
    lanes[:, :, [1, 3]] += fours[:, :, [0, 2]] < 0
    return np.ascontiguousarray(lanes[:, :, LANES].astype(np.uint8)).reshape(len(values), -1).view("<i4")


def _records(layer: Layer, heads: list[list[int]], weights: np.ndarray) -> Constant:
    """Return the int32 words of all records: first words, then weights."""
    words = [np.concatenate([np.array(head), row]) for head, row in zip(heads, weights, strict=True)]
    return Constant(f"{layer.name}_records", "int32_t", np.concatenate(words).astype(np.int32))
