"""A kernel that makes an output row of an input row and of states, which it changes where they lie."""

from typing import TYPE_CHECKING

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.styles.base import Access, Events, Span, Style
from tinyml.compiler.styles.kernel import window_events

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses


class Remember(Style):
    """The first map comes row by row, the others are states of one row each; one worker does each row."""

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return one event for each output row."""
        return window_events(layer, tensors)

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return the output row and the states, which are written, and the input row."""
        source, *states = layer.maps
        made = [arena.span(layer.output, row), *(arena.span(state.tensor, 0) for state in states)]
        return Access(arena.rows(source, row, (0, arena.tensors[source.tensor].width)), made)

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the call, with the rows in which the states lie."""
        source, *states = layer.maps
        rows = "\n".join(
            f"    states[{number}] = {functions.row(state)};" for number, state in enumerate(states)
        )
        return f"""\
{functions.ready(layer)}{functions.first_only(layer)}\
    int8_t *states[{len(states)}];
{rows}
    {layer.kernel}(&{layer.name}_layer, {functions.row(source)}, row_of(m, {layer.name.upper()}, row), states);"""


REMEMBER = Remember()
