"""Input rows are taken together as they come; the last one of a window makes the output row. No input row is kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinyml.compiler.emit.text import wrapped
from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.styles.base import Access, Events, Span, Style

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses


@dataclass(frozen=True)
class Sums(Style):
    """Windows of `window_rows` input rows, `stride` from one to the next, that share no row.

    `sums_bytes` of working memory are set to `start`, then `<kernel>_add_row_s8` takes each row into them, and
    `<kernel>_finish_row_s8` makes the output row of them.
    """

    sums_bytes: int = 0
    window_rows: int = 1
    stride: int = 1
    kernel: str = "tm_average"
    start: int = 0

    counts_input = True

    def _count(self, output: Tensor) -> int:
        """Return how many input rows there are up to the end of the last window."""
        return (output.height - 1) * self.stride + self.window_rows

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return one event for each input row up to the end of the last window."""
        count = self._count(tensors[layer.output])
        height = tensors[layer.maps[0].tensor].height
        makes = [int(row % self.stride == self.window_rows - 1) for row in range(count)]
        needs = [(row + 1,) for row in range(count)]
        return Events(needs, [*needs[:-1], (height,)], makes, (0,))

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return the input row and the sums; for a window's last row the output row too."""
        made, phase = divmod(row, self.stride)
        if phase >= self.window_rows:
            return Access()
        source, offset = layer.maps[0].tensor, arena.working_memory[f"{layer.name} sums"]
        access = Access([arena.span(source, row)], [(offset, offset + self.sums_bytes)])
        if phase == self.window_rows - 1:
            access.writes.append(arena.span(layer.output, made))
        return access

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the lines that take one input row."""
        source, count = functions.map_name(layer.maps[0].tensor), self._count(functions.tensors[layer.output])
        counter = functions.counter(layer)
        width = functions.tensors[layer.output].width
        offset = functions.working_memory[f"{layer.name} sums"]
        upper, last = layer.name.upper(), self.window_rows - 1
        out = f"row_of(m, {upper}, m->rows[{upper}])"
        skip = ""
        if self.stride > self.window_rows:
            skip = f"    if (phase >= {self.window_rows}) {{\n        return 1;\n    }}\n"
        return f"""\
    const int row = {counter};
    if (row == {count} || !has_row(m, {source}, row)) {{
        return 0;
    }}
{functions.begin_step()}\
    void *sums = m->arena + {offset};
    const int8_t *rows[1];
    const int phase = row % {self.stride};
    rows[0] = row_of(m, {source}, row);
    {counter} = (uint16_t)(row + 1);
{skip}{functions.first_only(layer, f"phase != {last} ? 1 : ")}\
    if (phase == 0) {{
        memset(sums, {self.start}, {self.sums_bytes});
    }}
    {self.kernel}_add_row_s8(&{layer.name}_layer, rows, NULL, 0, {width}, sums);
    if (phase != {last}) {{
        return 1;
    }}
{wrapped(f"{self.kernel}_finish_row_s8(&{layer.name}_layer, NULL, {out}, 0, {width}, sums);", 4)}"""
