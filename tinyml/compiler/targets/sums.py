"""Addition as tables: each input's share of the sum, proven for all pairs of bytes."""

import numpy as np

from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.targets.base import INT32_MAX, Packed
from tinyml.compiler.targets.requantize_fast import requantize

HEADROOM_BITS = 20  # of the reference's sums


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
            definition = f"static const tm_sum_tables {layer.name}_packed = {{{names}, {shift}}};"
            return Packed(
                definition, arrays, smaller=Packed("", [])
            )  # without tables: TFLite's own arithmetic
    return None
