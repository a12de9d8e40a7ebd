"""A Schedule as two files of plain C99: `<name>.h` and `<name>.c`."""

from dataclasses import dataclass

from tinyml.compiler import team
from tinyml.compiler.c_text import (
    array,
    comment,
    describe,
    extents,
    literal,
    position,
    shapes,
    wrapped,
)
from tinyml.compiler.graph import Tensor
from tinyml.compiler.meetings import meetings_of
from tinyml.compiler.ops.base import Layer, Operand
from tinyml.compiler.schedule import Schedule
from tinyml.compiler.stream import INPUT, Streams

# The members of the kernels' descriptions in the order of their declarations, for initialisers that are valid C++ too.
WEIGHTED = (
    "weights", "bias", "multiplier", "shift", "pad", "in_width", "in_channels", "out_width", "out_channels",
    "kernel_height", "kernel_width", "stride", "dilation", "pad_left", "out_zero_point", "out_min", "out_max", "packed",
)  # fmt: skip
MEMBERS = {
    "tm_conv": WEIGHTED,
    "tm_depthwise": WEIGHTED,
    "tm_binary": (
        "a_multiplier", "b_multiplier", "out_multiplier", "a_shift", "b_shift", "out_shift", "channels",
        "a_pixel_stride", "a_channel_stride", "b_pixel_stride", "b_channel_stride", "a_zero_point", "b_zero_point",
        "out_zero_point", "out_min", "out_max", "packed",
    ),
    "tm_pool": (
        "in_width", "channels", "out_width", "kernel_height", "kernel_width", "stride", "pad_left", "out_min", "out_max",
    ),
    "tm_average": (
        "multiplier", "in_zero_sum", "shift", "in_width", "channels", "out_width", "kernel_height", "kernel_width",
        "stride", "pad_left", "out_zero_point", "out_min", "out_max",
    ),
    "tm_lookup": ("table", "channels"),
    "tm_softmax": ("exponential", "channels"),
    "tm_concat": ("channels", "inputs", "out_channels"),
    "tm_gather": ("columns", "in_channels", "out_channels", "first_channel", "channel_stride", "fill"),
}  # fmt: skip


@dataclass
class Origin:
    """How and from what the files were made, for their first lines."""

    source: str
    sha256: str
    command: str
    labels: tuple[str, ...] = ()


@dataclass
class Emitter:
    """Writes one network; `name` is the prefix of everything public."""

    name: str
    layers: list[Layer]
    tensors: list[Tensor]
    streams: Streams
    schedule: Schedule
    origin: Origin
    kernels: str = "portable"
    workers: int = 1

    def __post_init__(self) -> None:
        self.maps, self.working_memory = self.schedule.maps, self.schedule.working_memory
        self.paired = {
            index
            for segment in self.schedule.segments
            for index in range(segment.first, segment.last - 1)
            if index in self.streams.strips
        }
        self.summing = [layer for layer in self.layers if layer.style == "sums"]

    # ---- the header

    def header(self) -> str:
        """Return the text of `<name>.h`."""
        name, upper = self.name, self.name.upper()
        source, output = self.tensors[self.streams.source], self.tensors[self.streams.output]
        rows = self.streams.rows
        macros = {
            "ARENA_BYTES": self.schedule.arena_bytes,
            **extents("INPUT", source),
            "INPUT_ROWS": int(rows),
            **extents("OUTPUT", output),
            "LAYERS": len(self.layers),
            "MACS": sum(layer.macs for layer in self.layers),
        }
        defines = "\n".join(f"#define {upper}_{key} {value}" for key, value in macros.items())
        labels = f"\n * labels     {', '.join(self.origin.labels)}" if self.origin.labels else ""
        how = "one row at a time" if rows else "a whole frame"
        if rows:
            calls = f"""\
/* Where the caller writes the next input row, {upper}_INPUT_WIDTH * {upper}_INPUT_CHANNELS bytes. The first row of the
 * next picture may overwrite the output of the last. */
int8_t *{name}_input_row({name} *m);

/* Take the row that was written; TM_OK: send the next one, TM_DONE: the output is complete. */
tm_status {name}_push_row({name} *m);"""
        else:
            calls = f"""\
/* Where the caller writes the picture, {upper}_INPUT_BYTES bytes, before each run: running overwrites it. */
int8_t *{name}_input({name} *m);

tm_status {name}_run({name} *m);"""
        counters = f"\n    uint16_t summed[{len(self.summing)}];" if self.summing else ""
        if counters:
            counters += " /* input rows that layers with sums have taken */"
        workers, shared = "NULL: compiled for one", ""
        if self.workers > 1:
            workers = "NULL: this core alone"
            shared = "\n    tm_share share; /* of each row, that this worker computes */"
            shared += "\n    uint32_t step;   /* steps begun */"
        return f"""\
/* A neural network as plain C, made by a compiler: do not edit.
 *
 * from       {comment(self.origin.source)}
 * sha256     {self.origin.sha256}
 * command    {comment(self.origin.command)}
 * input      {describe(source)}; {how}
 * output     {describe(output)}{comment(labels)}
 * MACs       {macros["MACS"]:,}
 * kernels    {self.kernels}: build with -DTM_KERNELS=TM_{self.kernels.upper()}; {self.workers} worker(s)
 * RAM        {self.schedule.arena_bytes:,} bytes of arena, input and output included, and the struct below
 */
#ifndef {upper}_H
#define {upper}_H

#include "tinyml_kernels.h"

#ifdef __cplusplus
extern "C" {{
#endif

{defines}

/* The state of one instance; any number of them can run side by side, each with its own arena.
 * `workers`, `trace` and `trace_user` may be set after {name}_init. */
typedef struct {name} {{
    int8_t *arena;
    tm_workers *workers; /* {workers} */
    tm_trace *trace;     /* NULL, or called after each row of each layer */
    void *trace_user;
    uint16_t rows[{len(self.layers) + 1}]; /* rows made so far: of the input, then of each layer */{counters}{shared}
}} {name};

extern const char *const {name}_layer_names[{upper}_LAYERS];

/* Begin anew in `arena`: {upper}_ARENA_BYTES, aligned to 16 bytes, used by nobody else until the output is read. */
tm_status {name}_init({name} *m, void *arena, size_t arena_bytes);

{calls}

/* The output, {upper}_OUTPUT_BYTES bytes, valid until the next picture begins. */
const int8_t *{name}_output(const {name} *m);

#ifdef __cplusplus
}}
#endif

#endif
"""

    # ---- the source

    def source(self) -> str:
        """Return the text of `<name>.c`."""
        parts = [
            f'/* {self.name}: see {self.name}.h. Made by a compiler: do not edit. */\n#include "{self.name}.h"\n\n#include <string.h>\n\n#include "tm_packed.h"',
            self._maps(),
            *(text.replace("model", self.name) for text in self._helpers()),
        ]
        for index, layer in enumerate(self.layers):
            parts.append(self._layer(index, layer))
        for number, segment in enumerate(self.schedule.segments):
            names = [self.layers[index].name for index in range(segment.last - 1, segment.first - 1, -1)]
            calls = " || ".join(f"{name}(m)" for name in names)
            parts.append(
                f"/* Of all layers whose next row can be computed, the last goes first. */\n"
                f"static void segment_{number}({self.name} *m) {{\n"
                f"{wrapped(f'while ({calls}) {{', 4)}\n    }}\n}}"
            )
        parts.append(self._advance())
        parts.append(self._interface())
        return "\n\n".join(parts) + "\n"

    def _helpers(self) -> list[str]:
        if self.workers == 1:
            return [ROWS, ROW_DONE]
        meets = meetings_of(self.streams, self.schedule)
        return [ROWS, team.meetings_table(meets), team.ROW_DONE]

    def _maps(self) -> str:
        upper = self.name.upper()
        order = [self.streams.source, *(layer.output for layer in self.layers)]
        names = ["INPUT", *(layer.name.upper() for layer in self.layers)]
        rows, ends = [], []
        for name, tensor in zip(names, order, strict=True):
            info = self.tensors[tensor]
            offset, depth = self.maps[tensor]
            rows.append(f"    {{{offset}, {info.row_bytes}, {info.height}, {depth}}}, /* {name} */")
            ends.append(offset + depth * info.row_bytes)
        for layer in self.summing:
            ends.append(self.working_memory[f"{layer.name} sums"] + layer.sums_bytes)
        strings = "\n".join(f'    "{layer.name}",' for layer in self.layers)
        enum = wrapped(", ".join(names), 4)
        return f"""\
enum {{
{enum}
}};

/* A feature map of which the arena holds the last `depth` rows. */
typedef struct feature_map {{
    uint32_t offset;    /* in the arena */
    uint32_t row_bytes; /* width * channels */
    uint16_t height;
    uint16_t depth;
}} feature_map;

static const feature_map maps[] = {{
{chr(10).join(rows)}
}};

const char *const {self.name}_layer_names[{upper}_LAYERS] = {{
{strings}
}};

typedef char arena_holds_all_maps[{upper}_ARENA_BYTES >= {max(ends)} ? 1 : -1];"""

    def _layer(self, index: int, layer: Layer) -> str:
        info = self.tensors[layer.output]
        title = f"/* {comment(str(layer.node))} '{comment(info.name)}': {shapes(layer, self.tensors)}"
        title += f", {layer.macs:,} MACs */" if layer.macs else " */"
        parts = [title, *(array(constant) for constant in layer.constants)]
        if layer.struct:
            if layer.packed:
                parts.append(layer.packed)
                layer.fields["packed"] = f"&{layer.name}_packed"
            values = [(member, layer.fields.get(member)) for member in MEMBERS[layer.struct]]
            text = "\n".join(f"    {literal(value)}, /* {member} */" for member, value in values)
            parts.append(f"static const {layer.struct} {layer.name}_layer = {{\n{text}\n}};")
        body = {"kernel": self._kernel, "sums": self._sums, "reshape": self._reshape, "stack": self._stack}
        if index not in self.paired:  # else it is written behind its reader
            parts.append(
                f"static int {layer.name}({self.name} *m) {{\n{body[layer.style](layer)}\n"
                f"    return row_done(m, {layer.name.upper()});\n}}"
            )
        if index - 1 in self.paired:
            parts.append(self._strip(index - 1, self.layers[index - 1]))
        return "\n".join(parts)

    def _map_name(self, tensor: int) -> str:
        maker = self.streams.made_by[tensor]
        return "INPUT" if maker == INPUT else self.layers[maker].name.upper()

    def _ready(self, layer: Layer) -> str:
        """Return the lines that leave the function where the next row cannot be computed yet."""
        terms = [f"row == {self.tensors[layer.output].height}"]
        for operand in layer.maps:
            last = position(operand, str((operand.window.kernel - 1) * operand.window.dilation))
            term = f"!has_row(m, {self._map_name(operand.tensor)}, {last})"
            if term not in terms:
                terms.append(term)
        condition = wrapped(f"if ({' || '.join(terms)}) {{", 4)
        step = f"\n    {team.BEGIN_STEP}" if self.workers > 1 else ""
        return f"    const int row = m->rows[{layer.name.upper()}];\n{condition}\n        return 0;\n    }}{step}"

    def _two(self, *lines: str) -> str:
        """Return lines that only a model for two workers has."""
        return "".join(f"{line}\n" for line in lines) if self.workers > 1 else ""

    def _alone(self, layer: Layer, unless: str = "") -> str:
        """Return the lines with which the second worker leaves a step to the first."""
        leave = f"        return {unless}row_done(m, {layer.name.upper()});"
        return self._two("    if (m->share == TM_SECOND_HALF) {", leave, "    }")

    def _kernel(self, layer: Layer) -> str:
        out = f"row_of(m, {layer.name.upper()}, row)"
        width = self.tensors[layer.output].width
        return f"{self._gather(layer)}\n{self._call(layer.kernel, layer, 'rows', out, 0, width)}"

    def _gather(self, layer: Layer) -> str:
        """Return the lines that point `rows` at the input rows."""
        lines = [self._ready(layer)]
        window = layer.operands[0].window
        if len(layer.operands) == 1 and window.kernel > 1:
            lines.append(f"    const int8_t *rows[{window.kernel}];")
            lines.append(f"    for (int k = 0; k < {window.kernel}; ++k) {{")
            step = "k" if window.dilation == 1 else f"k * {window.dilation}"
            at = position(layer.operands[0], step)
            lines.append(f"        rows[k] = row_of(m, {self._map_name(layer.operands[0].tensor)}, {at});")
            lines.append("    }")
        else:
            lines.append(f"    const int8_t *rows[{len(layer.operands)}];")
            for number_, operand in enumerate(layer.operands):
                lines.append(f"    rows[{number_}] = {self._row(operand)};")
        return "\n".join(lines)

    def _call(
        self,
        kernel: str,
        layer: Layer,
        rows: str,
        out: str,
        begin: str | int,
        end: str | int,
        indent: int = 4,
    ) -> str:
        """Return the call of a kernel for the columns begin .. end - 1, or this worker's share of them."""
        scratch = f"{layer.name} scratch"
        scratch = f"m->arena + {self.working_memory[scratch]}" if layer.scratch_bytes else "NULL"
        arguments = f"&{layer.name}_layer, {rows}, {out}, {begin}, {end}, {scratch}"
        if self.workers == 1:
            return wrapped(f"{kernel}({arguments});", indent)
        own_bytes = layer.scratch_bytes // self.workers
        return wrapped(f"tm_run_row(m->share, {kernel}, {arguments}, {own_bytes});", indent)

    def _strip(self, index: int, layer: Layer) -> str:
        """Return the function that computes a row in strips, with the row of the next layer that it completes."""
        reader, strip = self.layers[index + 1], self.streams.strips[index]
        made, output = self.tensors[layer.output], self.tensors[reader.output]
        operand, upper, next_upper = reader.operands[0], layer.name.upper(), reader.name.upper()
        fill = self._call(layer.kernel, layer, "rows", "column_0", "begin", "end", 8)
        target = f"row_of(m, {next_upper}, reader_row)"
        read = self._call(reader.kernel, reader, "window", target, "done", "ready", 16)
        row_bytes, slots = made.row_bytes, strip.rows - 1
        buffer, _ = self.maps[layer.output]
        last = position(operand, str(operand.window.kernel - 1)).replace("row", "reader_row", 1)
        window_row = position(operand, "k").replace("row", "reader_row", 1)
        return f"""\
/* A strip of columns at a time, together with the row of {reader.name} that this row completes: the newest row is
 * never stored beside the {slots} before it, its columns take the place of the oldest row's as soon as those are used. */
static int {layer.name}({self.name} *m) {{
{self._gather(layer)}
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
{self._two(f"        {team.MEET}")}        if (completes) {{
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
{self._two(f"        {team.MEET}", "        if (m->share != TM_SECOND_HALF) {")}\
        memcpy(slot + kept * {made.channels}, strip, (size_t)(used - kept) * {made.channels});
        memmove(strip, strip + (used - kept) * {made.channels}, (size_t)(end - used) * {made.channels});
{self._two("        }", f"        {team.MEET}")}\
        kept = used;
    }}
    if (completes) {{
        row_done(m, {upper});
        return row_done(m, {next_upper});
    }}
    return row_done(m, {upper});
}}"""

    def _row(self, operand: Operand) -> str:
        at = position(operand, "0")
        if operand.constant is None:
            return f"row_of(m, {self._map_name(operand.tensor)}, {at})"
        info = self.tensors[operand.tensor]
        return (
            operand.constant.name
            if info.height == 1
            else f"{operand.constant.name} + {at} * {info.row_bytes}"
        )

    def _sums(self, layer: Layer) -> str:
        source = self._map_name(layer.maps[0].tensor)
        output = self.tensors[layer.output]
        count = (output.height - 1) * layer.window_stride + layer.rows_per_window
        counter = f"m->summed[{self.summing.index(layer)}]"
        width = layer.fields["out_width"]
        offset = self.working_memory[f"{layer.name} sums"]
        upper, last = layer.name.upper(), layer.rows_per_window - 1
        skip = ""
        if layer.window_stride > layer.rows_per_window:
            skip = f"    if (phase >= {layer.rows_per_window}) {{\n        return 1;\n    }}\n"
        return f"""\
    const int row = {counter};
    if (row == {count} || !has_row(m, {source}, row)) {{
        return 0;
    }}
{self._two(f"    {team.BEGIN_STEP}")}\
    int32_t *sums = (int32_t *)(void *)(m->arena + {offset});
    const int8_t *rows[1];
    const int phase = row % {layer.window_stride};
    rows[0] = row_of(m, {source}, row);
    {counter} = (uint16_t)(row + 1);
{skip}{self._alone(layer, f"phase != {last} ? 1 : ")}\
    if (phase == 0) {{
        memset(sums, 0, {layer.sums_bytes});
    }}
    tm_average_add_row_s8(&{layer.name}_layer, rows, NULL, 0, {width}, sums);
    if (phase != {last}) {{
        return 1;
    }}
    tm_average_finish_row_s8(&{layer.name}_layer, NULL, row_of(m, {upper}, m->rows[{upper}]), 0, {width}, sums);"""

    def _reshape(self, layer: Layer) -> str:
        operand = layer.maps[0]
        source, output = self.tensors[operand.tensor], self.tensors[layer.output]
        made, read, name = output.row_bytes, source.row_bytes, self._map_name(operand.tensor)
        return f"""\
    const int row = m->rows[{layer.name.upper()}];
    if (row == {output.height} || !has_row(m, {name}, ((row + 1) * {made} - 1) / {read})) {{
        return 0;
    }}
{self._two(f"    {team.BEGIN_STEP}")}{self._alone(layer)}\
    int8_t *out = row_of(m, {layer.name.upper()}, row);
    for (int done = 0; done < {made};) {{
        const int at = row * {made} + done;
        const int rest = {read} - at % {read};
        const int part = rest < {made} - done ? rest : {made} - done;
        memcpy(out + done, row_of(m, {name}, at / {read}) + at % {read}, (size_t)part);
        done += part;
    }}"""

    def _stack(self, layer: Layer) -> str:
        lines = [self._ready(layer) + "\n" + self._alone(layer) + "    const int8_t *in = NULL;"]
        for operand in layer.maps:
            lines.append("    if (in == NULL) {")
            lines.append(f"        in = {self._row(operand)};")
            lines.append("    }")
        bytes_ = self.tensors[layer.output].row_bytes
        lines.append(f"    memcpy(row_of(m, {layer.name.upper()}, row), in, {bytes_});")
        return "\n".join(lines)

    def _advance(self) -> str:
        """Return the function that runs the segments, as far as the input allows."""
        runs = [f"    segment_{number}(m);" for number in range(len(self.schedule.segments))]
        if self.streams.rows and len(runs) > 1:
            height = self.tensors[self.streams.source].height
            runs.insert(1, f"    if (m->rows[INPUT] < {height}) {{\n        return;\n    }}")
        name = "advance" if self.workers == 1 else "compute"
        text = f"static void {name}(model *m) {{\n" + "\n".join(runs) + "\n}"
        if self.workers > 1:
            text += "\n\n" + team.ADVANCE
        return text.replace("model", self.name)

    def _interface(self) -> str:
        name = self.name
        source, output = self.tensors[self.streams.source], self.streams.output
        step = "\n    m->step = 0;" if self.workers > 1 else ""
        result = f"""\
tm_status {name}_init({name} *m, void *arena, size_t arena_bytes) {{
    if (arena == NULL || arena_bytes < {name.upper()}_ARENA_BYTES || (uintptr_t)arena % 16 != 0) {{
        return TM_ERROR_ARENA;
    }}
    memset(m, 0, sizeof *m);
    m->arena = (int8_t *)arena;
    return TM_OK;
}}

static void begin({name} *m) {{
    memset(m->rows, 0, sizeof m->rows);{f"{chr(10)}    memset(m->summed, 0, sizeof m->summed);" if self.summing else ""}{step}
}}
"""
        if self.streams.rows:
            result += f"""
int8_t *{name}_input_row({name} *m) {{
    return row_of(m, INPUT, m->rows[INPUT] % {source.height});
}}

tm_status {name}_push_row({name} *m) {{
    if (m->arena == NULL) {{
        return TM_ERROR_STATE;
    }}
    if (m->rows[INPUT] == {source.height}) {{
        begin(m);
    }}
    m->rows[INPUT] = (uint16_t)(m->rows[INPUT] + 1);
    advance(m);
    return m->rows[INPUT] < {source.height} ? TM_OK : TM_DONE;
}}
"""
        else:
            result += f"""
int8_t *{name}_input({name} *m) {{
    return row_of(m, INPUT, 0);
}}

tm_status {name}_run({name} *m) {{
    if (m->arena == NULL) {{
        return TM_ERROR_STATE;
    }}
    begin(m);
    m->rows[INPUT] = {source.height};
    advance(m);
    return TM_DONE;
}}
"""
        return (
            result
            + f"""
const int8_t *{name}_output(const {name} *m) {{
    return row_of(m, {self._map_name(output)}, 0);
}}"""
        )


ROWS = """\
/* Row `row` of a map; NULL outside the picture. */
static int8_t *row_of(const model *m, int map, int row) {
    if (row < 0 || row >= maps[map].height) {
        return NULL;
    }
    return m->arena + maps[map].offset + (size_t)(row % maps[map].depth) * maps[map].row_bytes;
}

/* Has row `row` of a map been made, or does it lie outside the picture below or above rows that have? */
static int has_row(const model *m, int map, int row) {
    return m->rows[map] > row || m->rows[map] == maps[map].height;
}"""

ROW_DONE = """\
static int row_done(model *m, int map) {
    const int row = m->rows[map];
    m->rows[map] = (uint16_t)(row + 1);
    if (m->trace != NULL) {
        m->trace(m->trace_user, map - 1, row, row_of(m, map, row), (int)maps[map].row_bytes);
    }
    return 1;
}"""
