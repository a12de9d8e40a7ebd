"""`<name>.c`: the maps in the arena, the layers, the segments that run them, and the public functions.

In the templates here and in `team.py`, `model` stands for the network's name.
"""

from tinyml.compiler.emit import team
from tinyml.compiler.emit.copies import copied_bytes, copy_function
from tinyml.compiler.emit.descriptions import definitions_of
from tinyml.compiler.emit.edges import edges_of, tables
from tinyml.compiler.emit.functions import Functions
from tinyml.compiler.emit.states import definitions
from tinyml.compiler.emit.text import SECOND_ARENA, comment, ctype, named, shapes, wrapped
from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Layer
from tinyml.compiler.planning.barriers import barriers_of
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Segment, Streams

BEGIN = """\
/* model: see model.h. Made by a compiler: do not edit. */
#include "model.h"

#include <string.h>

#include "tm_packed.h\""""

ROWS = """\
/* Row `row` of a map; NULL outside the picture. */
static int8_t *row_of(const model *m, int map, int row) {
    if (row < 0 || row >= maps[map].height) {
        return NULL;
    }
    return PLACE + (size_t)(row % maps[map].depth) * maps[map].row_bytes;
}

/* Has row `row` of a map been made, or does it lie outside the picture below or above rows that have? */
static int has_row(const model *m, int map, int row) {
    return m->rows[map] > row || m->rows[map] == maps[map].height;
}"""

ONE_ARENA = "m->arena + maps[map].offset"
TWO_ARENAS = "place(m, maps[map].offset)"
PLACE = """\
/* The second arena's offsets begin where those of the first end. */
static int8_t *place(const model *m, uint32_t offset) {
    return offset < MODEL_ARENA_BYTES ? m->arena + offset : m->external + (offset - MODEL_ARENA_BYTES);
}"""

ROW_DONE = """\
static int row_done(model *m, int map) {
    const int row = m->rows[map];
    m->rows[map] = (uint16_t)(row + 1);
    if (m->trace != NULL) {
        m->trace(m->trace_user, map - FIRST_LAYER, row, row_of(m, map, row), (int)maps[map].row_bytes);
    }
    return 1;
}"""

INIT = """\
tm_status model_init(model *m, void *arena, size_t arena_bytesPARAMETERS) {
    if (arena == NULL || arena_bytes < MODEL_ARENA_BYTES || (uintptr_t)arena % 16 != 0) {
        return TM_ERROR_ARENA;
    }
    CHECK_EXTERNAL
    memset(m, 0, sizeof *m);
    m->arena = (int8_t *)arena;
    SET_EXTERNAL
    begin(m);
    BEGIN_STATES
    return TM_OK;
}"""

CHECK_EXTERNAL = """\
    if (MODEL_EXTERNAL_BYTES > 0 &&
        (external == NULL || external_bytes < MODEL_EXTERNAL_BYTES || (uintptr_t)external % 16 != 0)) {
        return TM_ERROR_ARENA;
    }
"""
SET_EXTERNAL = "    m->external = (int8_t *)external;\n"

PUSH_ROW = """\
TYPE *model_input_row(model *m) {
    return (TYPE *)(void *)row_of(m, INPUT, m->rows[INPUT] % HEIGHT);
}

tm_status model_push_row(model *m) {
    if (m->arena == NULL) {
        return TM_ERROR_STATE;
    }
    if (m->rows[INPUT] == HEIGHT) {
        begin(m);
    }
    m->rows[INPUT] = (uint16_t)(m->rows[INPUT] + 1);
    advance(m);
    if (m->rows[INPUT] < HEIGHT) {
        return TM_OK;
    }
    KEEP_STATES
    return TM_DONE;
}"""

RUN = """\
tm_status model_run(model *m) {
    if (m->arena == NULL) {
        return TM_ERROR_STATE;
    }
    begin(m);
    advance(m);
    KEEP_STATES
    return TM_DONE;
}"""

# Where an input or output lies whole.
EDGE = """\
QUALIFIERTYPE *FUNCTION(QUALIFIERmodel *m) {
    return (QUALIFIERTYPE *)(QUALIFIERvoid *)row_of(m, MAP, 0);
}"""


def source_of(name: str, streams: Streams, schedule: Schedule, workers: int, guard: str = "") -> str:
    """Return the text of `<name>.c`; `guard` is C that refuses to be built with other kernels."""
    functions = Functions(name, streams, schedule, workers)
    row_done = [ROW_DONE]
    if workers > 1:
        row_done = [team.barriers_table(barriers_of(streams, schedule)), team.ROW_DONE]
    parts = [named(BEGIN, name), *([guard] if guard else []), _maps(name, streams, schedule)]
    rows = (
        [PLACE, ROWS.replace("PLACE", TWO_ARENAS)]
        if schedule.two_arenas
        else [ROWS.replace("PLACE", ONE_ARENA)]
    )
    parts += [named(text, name) for text in (*rows, *row_done)]
    for index, layer in enumerate(streams.layers):
        lines = [_title(layer, streams.tensors), *definitions_of(layer), *functions.of(index)]
        parts.append("\n".join(lines))
    parts += [_segment(name, n, segment, streams.layers) for n, segment in enumerate(schedule.segments)]
    parts += [_advance(name, streams, len(schedule.segments), workers)]
    parts += _interface(name, streams, schedule, workers)
    if copied_bytes(streams.layers):
        parts.append(copy_function(name, streams.layers))
    return "\n\n".join(parts) + "\n"


def _maps(name: str, streams: Streams, schedule: Schedule) -> str:
    """Return where each map lies, and what each layer is called."""
    layers, maps = streams.layers, schedule.maps
    tensors = [*streams.graph.inputs, *(layer.output for layer in layers)]
    names = [streams.name_of(tensor).upper() for tensor in tensors]
    rows, ends = [], []
    for map_name, tensor in zip(names, tensors, strict=True):
        info = streams.tensors[tensor]
        offset, depth = maps[tensor]
        rows.append(f"    {{{offset}, {info.row_bytes}, {info.height}, {depth}}}, /* {map_name} */")
        ends.append(offset + depth * info.row_bytes)
    for layer in layers:
        if layer.style.sums_bytes:
            ends.append(schedule.working_memory[f"{layer.name} sums"] + layer.style.sums_bytes)
    rows_text = "\n".join(rows)
    layer_names = "\n".join(f'    "{layer.name}",' for layer in layers)
    return f"""\
enum {{
{wrapped(", ".join(names), 4)},
    FIRST_LAYER = {len(streams.graph.inputs)}
}};

/* A feature map of which the arena holds the last `depth` rows. */
typedef struct feature_map {{
    uint32_t offset;    /* in the arena */
    uint32_t row_bytes;
    uint16_t height;
    uint16_t depth;
}} feature_map;

static const feature_map maps[] = {{
{rows_text}
}};

const char *const {name}_layer_names[{name.upper()}_LAYERS] = {{
{layer_names}
}};

typedef char arena_holds_all_maps[{name.upper()}_ARENA_BYTES + {name.upper()}_EXTERNAL_BYTES >= {max(ends)} ? 1 : -1];"""


def _title(layer: Layer, tensors: list[Tensor]) -> str:
    """Return the comment above a layer."""
    macs = f", {layer.macs:,} MACs" if layer.macs else ""
    output = comment(tensors[layer.output].name)
    return f"/* {comment(str(layer.node))} '{output}': {shapes(layer, tensors)}{macs} */"


def _segment(name: str, number: int, segment: Segment, layers: list[Layer]) -> str:
    """Return the function that runs a segment."""
    calls = " || ".join(f"{layer.name}(m)" for layer in reversed(layers[segment.first : segment.last]))
    return (
        "/* Of all layers whose next row can be computed, the last goes first. */\n"
        f"static void segment_{number}({name} *m) {{\n"
        f"{wrapped(f'while ({calls}) {{', 4)}\n    }}\n}}"
    )


def _advance(name: str, streams: Streams, segments: int, workers: int) -> str:
    """Return the function that runs the segments, as far as the input allows."""
    runs = [f"    segment_{number}(m);" for number in range(segments)]
    if streams.pushed is not None and segments > 1:
        row, height = (
            f"m->rows[{streams.name_of(streams.pushed).upper()}]",
            streams.tensors[streams.pushed].height,
        )
        runs.insert(1, f"    if ({row} < {height}) {{\n        return;\n    }}")
    function = "advance" if workers == 1 else "compute"
    text = f"static void {function}({name} *m) {{\n" + "\n".join(runs) + "\n}"
    return text if workers == 1 else f"{text}\n\n{named(team.ADVANCE, name)}"


def _interface(name: str, streams: Streams, schedule: Schedule, workers: int) -> list[str]:
    """Return the public functions, and the one with which a picture begins."""
    graph, pushed = streams.graph, streams.pushed
    resets = ["    memset(m->rows, 0, sizeof m->rows);"]
    if any(layer.style.counts_input for layer in streams.layers):
        resets.append("    memset(m->summed, 0, sizeof m->summed);")
    if workers > 1:
        resets.append("    m->step = 0;")
    for index in graph.inputs:
        if index != pushed:
            upper, height = streams.name_of(index).upper(), streams.tensors[index].height
            resets.append(f"    m->rows[{upper}] = {height};")
    begin = f"static void begin({name} *m) {{\n" + "\n".join(resets) + "\n}"
    take = named(RUN, name)
    if pushed is not None:
        take = named(PUSH_ROW, name).replace("HEIGHT", str(streams.tensors[pushed].height))
        take = take.replace("INPUT", streams.name_of(pushed).upper()).replace(
            "TYPE", ctype(streams.tensors[pushed])
        )
    edges = [
        EDGE.replace("QUALIFIER", "const " if edge.given else "")
        .replace("TYPE", ctype(edge.tensor))
        .replace("FUNCTION", edge.function(name))
        .replace("model", name)
        .replace("MAP", streams.name_of(edge.index).upper())
        for edge in edges_of(streams)
        if edge.index != pushed
    ]
    states, made = definitions(name, streams)
    parameters = SECOND_ARENA if schedule.two_arenas else ""
    init = INIT.replace("PARAMETERS", parameters)
    for line, text in (("CHECK_EXTERNAL", CHECK_EXTERNAL), ("SET_EXTERNAL", SET_EXTERNAL)):
        init = init.replace(f"    {line}\n", text if schedule.two_arenas else "")
    init = named(init, name)
    for function in ("begin_states", "keep_states"):
        call = f"    {function}(m);\n" if function in made else ""
        init, take = (text.replace(f"    {function.upper()}\n", call) for text in (init, take))
    return [begin, *states, init, take, *edges, tables(name, streams, schedule)]
