"""Addition without TFLite's multiplications of 64 bits: two factors, or tables; proven for all pairs of bytes."""

from dataclasses import dataclass

import numpy as np

from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.targets.base import INT32_MAX, Packed
from tinyml.compiler.targets.requantize_fast import requantize

HEADROOM_BITS = 20  # of the reference's sums
VALUES = np.arange(-128, 128, dtype=np.int64)
FARTHEST = 3  # from the nearest integer factor
UNLIMITED = 1 << 40


@dataclass(frozen=True)
class Sum:
    """What the reference computes: each input's share of the sum by value, outputs by pair, outputs a unit of the sum."""

    a: np.ndarray  # int64 [256]
    b: np.ndarray
    outputs: np.ndarray  # int64 [256, 256]
    real: float


def sum_of(layer: Layer) -> Sum | None:
    """Return what the reference computes; None where inputs are repeated along an axis or outputs clamped further."""
    fields = layer.fields
    channels = fields["channels"]
    strides = tuple(fields[f"{side}_{axis}_stride"] for side in "ab" for axis in ("pixel", "channel"))
    if strides != (channels, 1, channels, 1) or (fields["out_min"], fields["out_max"]) != (-128, 127):
        return None

    def share(side: str) -> np.ndarray:
        scaled = (VALUES - fields[f"{side}_zero_point"]) << HEADROOM_BITS
        return requantize(scaled, np.array(fields[f"{side}_multiplier"]), np.array(fields[f"{side}_shift"]))

    a, b = share("a"), share("b")
    out_multiplier, out_shift = fields["out_multiplier"], fields["out_shift"]
    exact = requantize(a[:, None] + b[None, :], np.array(out_multiplier), np.array(out_shift))
    outputs = np.clip(exact + fields["out_zero_point"], -128, 127)
    return Sum(a, b, outputs, out_multiplier * 2.0 ** (out_shift - 31))


def add_lx6(layer: Layer) -> Packed | None:
    """Factors where two are found, else tables."""
    if (found := sum_of(layer)) is None:
        return None
    if factors := linear(found):
        numbers = ", ".join(map(str, factors))
        return Packed(f"static const tm_lx6_sum {layer.name}_packed = {{NULL, NULL, {numbers}}};", [])
    if (made := tables(layer, found)) is None:
        return None
    arrays, shift = made
    names = ", ".join(array.name for array in arrays)
    return Packed(f"static const tm_lx6_sum {layer.name}_packed = {{{names}, {shift}, 0, 0, 0}};", arrays)


def add_tables(layer: Layer) -> Packed | None:
    """Tables alone."""
    if (found := sum_of(layer)) is None or (made := tables(layer, found)) is None:
        return None
    arrays, shift = made
    names = ", ".join(array.name for array in arrays)
    return Packed(f"static const tm_sum_tables {layer.name}_packed = {{{names}, {shift}}};", arrays)


def linear(wanted: Sum) -> tuple[int, int, int, int] | None:
    """Return (shift, factor of a, of b, offset) of clamp_int8((a * x + b * y + offset) >> shift); None where none do."""
    outputs = wanted.outputs
    slopes = [(share[-1] - share[0]) / 255 * wanted.real for share in (wanted.a, wanted.b)]
    for shift in range(22, 13, -1):
        least = np.where(outputs > -128, outputs << shift, -UNLIMITED)
        greatest = np.where(outputs < 127, ((outputs + 1) << shift) - 1, UNLIMITED)
        nearest = [round(slope * 2.0**shift) for slope in slopes]
        steps = range(-FARTHEST, FARTHEST + 1)
        for da, db in sorted(((x, y) for x in steps for y in steps), key=lambda pair: max(map(abs, pair))):
            a, b = nearest[0] + da, nearest[1] + db
            sums = VALUES[:, None] * a + VALUES[None, :] * b
            lower, upper = int((least - sums).max()), int((greatest - sums).min())
            if lower <= upper and int(np.abs(sums).max()) + max(abs(lower), abs(upper)) <= INT32_MAX:
                return shift, a, b, (lower + upper) // 2
    return None


def tables(layer: Layer, wanted: Sum) -> tuple[list[Constant], int] | None:
    """Return both inputs' shares of the sum as tables of 256 words, checked for all 65,536 pairs of bytes, and the shift."""
    bytes_ = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.int64) + 128  # the order of the tables
    a, b, outputs = wanted.a[bytes_], wanted.b[bytes_], wanted.outputs[np.ix_(bytes_, bytes_)]
    for shift in range(23, 15, -1):
        table_a = np.rint(a * (wanted.real * 2.0**shift)).astype(np.int64)
        table_b = np.rint(b * (wanted.real * 2.0**shift)).astype(np.int64)
        table_b += (2 * layer.fields["out_zero_point"] + 1) << (shift - 1)
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
            return arrays, shift
    return None
