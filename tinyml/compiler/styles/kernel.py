"""A row kernel computes each output row from the rows under a window."""

from typing import TYPE_CHECKING

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.styles.base import Access, Events, Span, Style

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses


def window_events(layer: "Layer", tensors: list[Tensor]) -> Events:
    """Return one event for each output row: it needs the rows under the windows of the layer's maps."""
    windows = [operand.window for operand in layer.maps]
    heights = [tensors[operand.tensor].height for operand in layer.maps]

    def needed(row: int) -> tuple[int, ...]:
        return tuple(min(max(w.last(row) + 1, 0), height) for w, height in zip(windows, heights, strict=True))

    def kept(row: int) -> tuple[int, ...]:
        return tuple(min(max(w.first(row), 0), height) for w, height in zip(windows, heights, strict=True))

    rows = range(tensors[layer.output].height)
    keeps = [kept(row + 1) for row in rows[:-1]] + [tuple(heights)]
    return Events([needed(row) for row in rows], keeps, [1] * len(rows), kept(0))


class Kernel(Style):
    """One call of `layer.kernel` makes a row, or the columns of a row that are asked for."""

    by_columns = True

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return one event for each output row."""
        return window_events(layer, tensors)

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return the columns written, those under the windows, and the worker's own half of the scratch."""
        begin, end = columns
        if begin == end:
            return Access()
        access = Access(writes=[arena.span(layer.output, row, begin, end)])
        for operand in layer.maps:
            width = arena.tensors[operand.tensor].width
            read = (0, width)
            if operand.columns is not None:
                first, last = operand.columns.first(begin), operand.columns.last(end - 1)
                read = max(first, 0), min(last + 1, width)
            access.reads += arena.rows(operand, row, read)
        if layer.scratch_bytes:
            access.writes.append(arena.scratch(layer, share))
        return access

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the call, after the lines that collect the input rows."""
        out, width = f"row_of(m, {layer.name.upper()}, row)", functions.tensors[layer.output].width
        return f"{functions.gather(layer)}\n{functions.call(layer, 'rows', out, '0', str(width))}"


KERNEL = Kernel()
