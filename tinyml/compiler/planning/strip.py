"""Strips: pairs of layers that run together, a few columns at a time."""

from dataclasses import dataclass

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Batched, Layer


@dataclass(frozen=True)
class Strip:
    """Two layers that run together, a few columns at a time, so that the newest row between them is never stored.

    Layer `first` makes `columns` columns of a row beside those that its reader still needs; the reader, whose windows
    span `rows` rows, computes what they allow; then they take the place of the oldest row's. So rows - 1 rows and the
    strip are enough for rows of `width` columns.
    """

    first: int
    rows: int
    stride: int
    kernel: int  # columns of the reader's window
    pad: int  # to its left
    width: int
    out_width: int
    columns: int

    @property
    def capacity(self) -> int:
        """The most columns that lie in the strip."""
        kept = following = most = 0
        for end in range(self.columns, self.width + self.columns, self.columns):
            most = max(most, min(end, self.width) - kept)
            following = max(following, (end + self.pad - self.kernel) // self.stride + 1)
            kept = min(max(following * self.stride - self.pad, kept), end)
        return most


def strips_of(
    layers: list[Layer], read_by: dict[int, list[tuple[int, int]]], tensors: list[Tensor], columns: int
) -> dict[int, Strip]:
    """Return the strips worth having, by their first layer: largest rows first, no layer in two of them."""
    found: dict[int, Strip] = {}
    taken: set[int] = set()
    order = range(len(layers) - 1)
    for index in sorted(order, key=lambda index: -tensors[layers[index].output].row_bytes):
        maker, reader = layers[index], layers[index + 1]
        if (
            not (maker.style.by_columns and reader.style.by_columns)
            or len(reader.operands) != 1
            or taken & {index, index + 1}
        ):
            continue
        made, out_width = tensors[maker.output], tensors[reader.output].width
        rows, across = reader.operands[0].window, reader.operands[0].columns
        if read_by.get(maker.output) != [(index + 1, 0)] or rows.kernel < 2 or across is None:
            continue
        if isinstance(rows, Batched) or rows.dilation != 1 or across.dilation != 1:
            continue
        if made.height < rows.kernel:
            continue
        strip = Strip(
            index, rows.kernel, across.stride, across.kernel, across.pad, made.width, out_width, columns
        )
        if strip.capacity < made.width:
            found[index] = strip
            taken |= {index, index + 1}
    return found
