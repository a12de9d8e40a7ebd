"""Maps stacked along the rows: each output row is a row of one of the inputs."""

from typing import TYPE_CHECKING

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.styles.base import Access, Events, Span, Style
from tinyml.compiler.styles.kernel import window_events

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses


class Stack(Style):
    """The first map whose window holds a row gives it; the windows' pads say where each map begins."""

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return one event for each output row."""
        return window_events(layer, tensors)

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return the output row, and the input row that it is."""
        access = Access(writes=[arena.span(layer.output, row)])
        for operand in layer.maps:
            access.reads += arena.rows(operand, row, (0, arena.tensors[operand.tensor].width))
        return access

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the lines that find the row and copy it."""
        tries = "".join(
            f"    if (in == NULL) {{\n        in = {functions.row(operand)};\n    }}\n"
            for operand in layer.maps
        )
        return f"""\
{functions.ready(layer)}{functions.first_only(layer)}\
    const int8_t *in = NULL;
{tries}\
    memcpy(row_of(m, {layer.name.upper()}, row), in, {functions.tensors[layer.output].row_bytes});"""


STACK = Stack()
