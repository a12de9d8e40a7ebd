"""The C function of each layer: it computes the layer's next row if it can, and says whether it did.

Its body is that of the layer's style, put together from the pieces here. Of two layers that share strips one function
computes both.
"""

from tinyml.compiler.emit import team
from tinyml.compiler.emit.text import wrapped
from tinyml.compiler.ops.base import Layer, Operand
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Streams


class Functions:
    """Writes the functions of one network, whose state struct is `name`."""

    def __init__(self, name: str, streams: Streams, schedule: Schedule, workers: int) -> None:
        self.name, self.streams, self.workers = name, streams, workers
        self.layers, self.tensors = streams.layers, streams.tensors
        self.maps, self.working_memory = schedule.maps, schedule.working_memory
        self.paired = {
            index
            for segment in schedule.segments
            for index in range(segment.first, segment.last - 1)
            if index in streams.strips
        }
        self.counting = [layer.name for layer in self.layers if layer.style.counts_input]

    def of(self, index: int) -> list[str]:
        """Return the function of layer `index`; of two layers that share strips, both come with the second."""
        functions, layer = [], self.layers[index]
        if index not in self.paired:
            functions.append(
                f"static int {layer.name}({self.name} *m) {{\n{layer.style.body(layer, self)}\n"
                f"    return row_done(m, {layer.name.upper()});\n}}"
            )
        if index - 1 in self.paired:
            functions.append(self._strip(index - 1))
        return functions

    # ---- pieces of functions

    def counter(self, layer: Layer) -> str:
        """Return the counter of the input rows that a layer has taken."""
        return f"m->summed[{self.counting.index(layer.name)}]"

    def map_name(self, tensor: int) -> str:
        """Return the name of a map in the C file."""
        return self.streams.name_of(tensor).upper()

    def team(self, *lines: str) -> str:
        """Return lines that only a model for two workers has."""
        return "".join(f"{line}\n" for line in lines) if self.workers > 1 else ""

    def begin_step(self) -> str:
        """Return the line with which a step of two workers begins."""
        return self.team(f"    {team.BEGIN_STEP}")

    def first_only(self, layer: Layer, unless: str = "") -> str:
        """Return the lines with which the second worker leaves a step to the first."""
        leave = f"        return {unless}row_done(m, {layer.name.upper()});"
        return self.team("    if (m->share == TM_SECOND_HALF) {", leave, "    }")

    def ready(self, layer: Layer) -> str:
        """Return the lines that leave the function where the next row cannot be computed yet."""
        terms = [f"row == {self.tensors[layer.output].height}"]
        for operand in layer.maps:
            terms.append(f"!has_row(m, {self.map_name(operand.tensor)}, {operand.window.last_text()})")
        condition = wrapped(f"if ({' || '.join(dict.fromkeys(terms))}) {{", 4)
        return (
            f"    const int row = m->rows[{layer.name.upper()}];\n{condition}\n        return 0;\n    }}\n"
            + self.begin_step()
        )

    def row(self, operand: Operand, tap: str = "0") -> str:
        """Return the expression of the operand's row under `tap` of the window."""
        at = operand.window.text(tap)
        row = f"row_of(m, {self.map_name(operand.tensor)}, {at})" if operand.constant is None else ""
        if operand.starts is not None:
            start = f"{operand.starts.name}[row]"
            padded = f"{start} < 0 ? NULL : " if operand.starts.values.min() < 0 else ""
            return f"{padded}{operand.constant.name if operand.constant else row} + {start}"
        if operand.constant is None:
            return row
        info = self.tensors[operand.tensor]
        return operand.constant.name + ("" if info.height == 1 else f" + {at} * {info.row_bytes}")

    def gather(self, layer: Layer) -> str:
        """Return the lines that point `rows` at the input rows."""
        window = layer.operands[0].window
        if len(layer.operands) == 1 and window.kernel > 1:
            tap = "k" if window.dilation == 1 else f"k * {window.dilation}"
            return f"""\
{self.ready(layer)}\
    const int8_t *rows[{window.kernel}];
    for (int k = 0; k < {window.kernel}; ++k) {{
        rows[k] = {self.row(layer.operands[0], tap)};
    }}"""
        rows = [f"    rows[{number}] = {self.row(operand)};" for number, operand in enumerate(layer.operands)]
        return "\n".join([f"{self.ready(layer)}    const int8_t *rows[{len(rows)}];", *rows])

    def call(self, layer: Layer, rows: str, out: str, begin: str, end: str, indent: int = 4) -> str:
        """Return the kernel's call for the columns begin .. end - 1, or for this worker's share of them."""
        scratch = "NULL"
        if layer.scratch_bytes:
            scratch = f"m->arena + {self.working_memory[f'{layer.name} scratch']}"
        arguments = f"&{layer.name}_layer, {rows}, {out}, {begin}, {end}, {scratch}"
        if self.workers == 1:
            return wrapped(f"{layer.kernel}({arguments});", indent)
        own_bytes = layer.scratch_bytes // layer.scratch_shares
        return wrapped(f"tm_run_row(m->share, {layer.kernel}, {arguments}, {own_bytes});", indent)

    # ---- two layers

    def _strip(self, index: int) -> str:
        """Return the function that computes a row in strips, with the row of the next layer that it completes."""
        layer, reader, strip = self.layers[index], self.layers[index + 1], self.streams.strips[index]
        made, output = self.tensors[layer.output], self.tensors[reader.output]
        operand, upper, next_upper = reader.operands[0], layer.name.upper(), reader.name.upper()
        fill = self.call(layer, "rows", "column_0", "begin", "end", 8)
        read = self.call(reader, "window", f"row_of(m, {next_upper}, reader_row)", "done", "ready", 16)
        row_bytes, slots = made.row_bytes, strip.rows - 1
        buffer, _ = self.maps[layer.output]
        last = operand.window.last_text().replace("row", "reader_row", 1)
        window_row = operand.window.text("k").replace("row", "reader_row", 1)
        return f"""\
/* A strip of columns at a time, together with the row of {reader.name} that this row completes: the newest row is
 * never stored beside the {slots} before it, its columns take the place of the oldest row's as soon as those are used. */
static int {layer.name}({self.name} *m) {{
{self.gather(layer)}
    const int reader_row = m->rows[{next_upper}];
    const int completes = reader_row < {output.height} && row == {last};
    const int8_t *window[{strip.rows}];
    int8_t *slot = row_of(m, {upper}, row);
    int8_t *strip = m->arena + {buffer + slots * row_bytes};
    int kept = 0; /* the first column in the strip */
    int done = 0; /* columns of {reader.name} */
    for (int k = 0; k < {slots}; ++k) {{
        window[k] = row_of(m, {upper}, {window_row});
    }}
    for (int begin = 0; begin < {made.width}; begin += {strip.columns}) {{
        const int end = begin + {strip.columns} < {made.width} ? begin + {strip.columns} : {made.width};
        int8_t *column_0 = strip - kept * {made.channels};
        int used = end;
{fill}
{self.team(f"        {team.MEET}")}        if (completes) {{
            int ready = {strip.out_width};
            if (end < {made.width}) {{
                const int room = end + {strip.pad} - {strip.kernel};
                ready = room < 0 ? 0 : room / {strip.stride} + 1;
                ready = ready > {strip.out_width} ? {strip.out_width} : ready;
            }}
            if (ready > done) {{
                window[{slots}] = column_0;
{read}
                done = ready;
            }}
            if (end < {made.width} && done < {strip.out_width}) {{
                const int first = done * {strip.stride} - {strip.pad}; /* what the next column of {reader.name} needs */
                used = first < kept ? kept : first < end ? first : end;
            }}
        }}
{self.team(f"        {team.MEET}", "        if (m->share != TM_SECOND_HALF) {")}\
        memcpy(slot + kept * {made.channels}, strip, (size_t)(used - kept) * {made.channels});
        memmove(strip, strip + (used - kept) * {made.channels}, (size_t)(end - used) * {made.channels});
{self.team("        }", f"        {team.MEET}")}\
        kept = used;
    }}
    if (completes) {{
        row_done(m, {upper});
        return row_done(m, {next_upper});
    }}
    return row_done(m, {upper});
}}"""
