"""All rows of a small map in one call: what the layer reads besides, its constants, is read once."""

from typing import TYPE_CHECKING

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.styles.base import Access, Events, Span, Style

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses


class Block(Style):
    """A layer of which each output pixel needs the input pixel at its place, and no other.

    Input and output lie whole in the arena, rows side by side, so that the kernel takes them for one long row.
    """

    by_columns = True

    def columns(self, layer: "Layer", tensors: list[Tensor]) -> int:
        """Return the pixels of the map."""
        output = tensors[layer.output]
        return output.height * output.width

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return one event, which needs and makes all rows."""
        height = tensors[layer.output].height
        return Events([(height,)], [(height,)], [height], (0,))

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return the pixels read and written, and the worker's own half of the scratch."""
        if columns[0] == columns[1]:
            return Access()
        source = arena.span(layer.maps[0].tensor, 0, *columns)
        access = Access([source], [arena.span(layer.output, 0, *columns)])
        if layer.scratch_bytes:
            access.writes.append(arena.scratch(layer, share))
        return access

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the call, after the wait for the last input row."""
        output, upper = functions.tensors[layer.output], layer.name.upper()
        source = functions.map_name(layer.maps[0].tensor)
        pixels = self.columns(layer, functions.tensors)
        call = functions.call(layer, "rows", f"row_of(m, {upper}, 0)", "0", str(pixels))
        return f"""\
    if (m->rows[{upper}] == {output.height} || !has_row(m, {source}, {output.height - 1})) {{
        return 0;
    }}
{functions.begin_step()}\
    const int8_t *rows[1]; /* all {output.height} lie side by side */
    rows[0] = row_of(m, {source}, 0);
{call}
    for (int row = 1; row < {output.height}; ++row) {{
        row_done(m, {upper});
    }}"""


BLOCK = Block()
