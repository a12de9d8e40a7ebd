"""`<name>.c`: the maps in the arena, the layers, the segments that run them, and the public functions.

In the templates here and in `team.py`, `model` stands for the network's name.
"""

from tinyml.compiler.emit import team
from tinyml.compiler.emit.descriptions import definitions_of
from tinyml.compiler.emit.functions import Functions
from tinyml.compiler.emit.text import comment, named, shapes, wrapped
from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Layer
from tinyml.compiler.planning.barriers import meetings_of
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

INIT = """\
tm_status model_init(model *m, void *arena, size_t arena_bytes) {
    if (arena == NULL || arena_bytes < MODEL_ARENA_BYTES || (uintptr_t)arena % 16 != 0) {
        return TM_ERROR_ARENA;
    }
    memset(m, 0, sizeof *m);
    m->arena = (int8_t *)arena;
    return TM_OK;
}"""

PUSH_ROW = """\
int8_t *model_input_row(model *m) {
    return row_of(m, INPUT, m->rows[INPUT] % HEIGHT);
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
    return m->rows[INPUT] < HEIGHT ? TM_OK : TM_DONE;
}"""

RUN = """\
int8_t *model_input(model *m) {
    return row_of(m, INPUT, 0);
}

tm_status model_run(model *m) {
    if (m->arena == NULL) {
        return TM_ERROR_STATE;
    }
    begin(m);
    m->rows[INPUT] = HEIGHT;
    advance(m);
    return TM_DONE;
}"""

OUTPUT = """\
const int8_t *model_output(const model *m) {
    return row_of(m, MAP, 0);
}"""


def source_of(name: str, streams: Streams, schedule: Schedule, workers: int) -> str:
    """Return the text of `<name>.c`."""
    functions = Functions(name, streams, schedule, workers)
    row_done = [ROW_DONE]
    if workers > 1:
        row_done = [team.meetings_table(meetings_of(streams, schedule)), team.ROW_DONE]
    parts = [named(BEGIN, name), _maps(name, streams, schedule)]
    parts += [named(text, name) for text in (ROWS, *row_done)]
    for index, layer in enumerate(streams.layers):
        lines = [_title(layer, streams.tensors), *definitions_of(layer), *functions.of(index)]
        parts.append("\n".join(lines))
    parts += [_segment(name, n, segment, streams.layers) for n, segment in enumerate(schedule.segments)]
    parts += [_advance(name, streams, len(schedule.segments), workers), *_interface(name, streams, workers)]
    return "\n\n".join(parts) + "\n"


def _maps(name: str, streams: Streams, schedule: Schedule) -> str:
    """Return where each map lies, and what each layer is called."""
    layers, maps = streams.layers, schedule.maps
    names = ["INPUT", *(layer.name.upper() for layer in layers)]
    rows, ends = [], []
    for map_name, tensor in zip(names, [streams.source, *(layer.output for layer in layers)], strict=True):
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
{wrapped(", ".join(names), 4)}
}};

/* A feature map of which the arena holds the last `depth` rows. */
typedef struct feature_map {{
    uint32_t offset;    /* in the arena */
    uint32_t row_bytes; /* width * channels */
    uint16_t height;
    uint16_t depth;
}} feature_map;

static const feature_map maps[] = {{
{rows_text}
}};

const char *const {name}_layer_names[{name.upper()}_LAYERS] = {{
{layer_names}
}};

typedef char arena_holds_all_maps[{name.upper()}_ARENA_BYTES >= {max(ends)} ? 1 : -1];"""


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
    if streams.rows and segments > 1:
        height = streams.tensors[streams.source].height
        runs.insert(1, f"    if (m->rows[INPUT] < {height}) {{\n        return;\n    }}")
    function = "advance" if workers == 1 else "compute"
    text = f"static void {function}({name} *m) {{\n" + "\n".join(runs) + "\n}"
    return text if workers == 1 else f"{text}\n\n{named(team.ADVANCE, name)}"


def _interface(name: str, streams: Streams, workers: int) -> list[str]:
    """Return the public functions, and the one with which a picture begins."""
    height = str(streams.tensors[streams.source].height)
    resets = ["    memset(m->rows, 0, sizeof m->rows);"]
    if any(layer.style.counts_input for layer in streams.layers):
        resets.append("    memset(m->summed, 0, sizeof m->summed);")
    if workers > 1:
        resets.append("    m->step = 0;")
    begin = f"static void begin({name} *m) {{\n" + "\n".join(resets) + "\n}"
    take = named(PUSH_ROW if streams.rows else RUN, name).replace("HEIGHT", height)
    give = named(OUTPUT, name).replace("MAP", streams.name_of(streams.output).upper())
    return [named(INIT, name), begin, take, give]
