"""The same bytes in the same order, cut into rows elsewhere: a RESHAPE that is more than a view."""

from typing import TYPE_CHECKING

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.styles.base import Access, Events, Span, Style

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses


class Recut(Style):
    """Each output row is copied from the input rows that hold its bytes."""

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return one event for each output row."""
        source, output = tensors[layer.maps[0].tensor], tensors[layer.output]
        ends = [output.row_bytes * (row + 1) for row in range(output.height)]
        begun = [(end // source.row_bytes,) for end in ends[:-1]] + [(source.height,)]
        return Events([(-(-end // source.row_bytes),) for end in ends], begun, [1] * output.height, (0,))

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return the output row, and the input rows that it comes from."""
        operand = layer.maps[0]
        made, read = arena.tensors[layer.output].row_bytes, arena.tensors[operand.tensor].row_bytes
        rows = range(row * made // read, ((row + 1) * made - 1) // read + 1)
        return Access([arena.span(operand.tensor, y) for y in rows], [arena.span(layer.output, row)])

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the lines that copy one output row piece by piece."""
        operand = layer.maps[0]
        source, output = functions.tensors[operand.tensor], functions.tensors[layer.output]
        made, read, name = output.row_bytes, source.row_bytes, functions.map_name(operand.tensor)
        return f"""\
    const int row = m->rows[{layer.name.upper()}];
    if (row == {output.height} || !has_row(m, {name}, ((row + 1) * {made} - 1) / {read})) {{
        return 0;
    }}
{functions.begin_step()}{functions.first_only(layer)}\
    int8_t *out = row_of(m, {layer.name.upper()}, row);
    for (int done = 0; done < {made};) {{
        const int at = row * {made} + done;
        const int rest = {read} - at % {read};
        const int part = rest < {made} - done ? rest : {made} - done;
        memcpy(out + done, row_of(m, {name}, at / {read}) + at % {read}, (size_t)part);
        done += part;
    }}"""


RECUT = Recut()
