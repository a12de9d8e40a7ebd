"""`<name>.h`: what a network takes and gives, the state of one instance, and the public functions."""

from dataclasses import dataclass

from tinyml.compiler.emit import states
from tinyml.compiler.emit.copies import DECLARATION, copied_bytes
from tinyml.compiler.emit.edges import Edge, declarations, edges_of, macros_of
from tinyml.compiler.emit.text import SECOND_ARENA, comment, ctype, describe, named
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Streams

ROWS_CALLS = """\
/* Where the caller writes the next row of the input 'NAME', MODEL_PART_BYTES / MODEL_PART_HEIGHT bytes. The first row
 * of the next picture may overwrite the output of the last. */
TYPE *model_input_row(model *m);

/* Take the row that was written; TM_OK: send the next one, TM_DONE: the output is complete. */
tm_status model_push_row(model *m);"""

FRAME_CALLS = """\
tm_status model_run(model *m);"""


@dataclass
class Origin:
    """How and from what the files were made, for the header's first lines."""

    source: str
    sha256: str
    command: str
    labels: tuple[str, ...] = ()


# Longer than 60 lines: the file's own text, which reads best whole.
def header_of(
    name: str, streams: Streams, schedule: Schedule, origin: Origin, kernels: str, workers: int
) -> str:
    """Return the text of `<name>.h`; `name` is the prefix of everything public."""
    upper, layers = name.upper(), streams.layers
    pushed = [edge for edge in edges_of(streams) if edge.index == streams.pushed and not edge.given]
    macros = {
        "ARENA_BYTES": schedule.arena_bytes,
        "TWO_ARENAS": int(schedule.two_arenas),
        "EXTERNAL_BYTES": schedule.external_bytes,
        **macros_of(streams),
        "INPUT_ROWS": len(pushed),
        "PUSHED": streams.graph.given.index(pushed[0].index) if pushed else -1,
        "COPIED_BYTES": copied_bytes(layers),
        "LAYERS": len(layers),
        "MACS": sum(layer.macs for layer in layers),
    }
    defines = "\n".join(f"#define {upper}_{key} {value}" for key, value in macros.items())
    labels = f"\n * labels     {', '.join(origin.labels)}" if origin.labels else ""
    find_inputs, find_outputs = declarations(name, streams)
    find_outputs = "\n\n".join(text for text in (find_outputs, states.declarations(name, streams)) if text)
    copies = named(DECLARATION, name) if copied_bytes(layers) else ""
    take = "\n\n".join(text for text in (copies, find_inputs, named(_calls(pushed), name)) if text)
    alone = "NULL: this core alone" if workers > 1 else "NULL: compiled for one"
    until = "from the first run to the last" if streams.graph.states else "until the output is read"
    second, parameters, outer, base = "", "", "", ""
    if schedule.two_arenas:
        base = "\n    int8_t *external; /* the second arena */"
        parameters = SECOND_ARENA
        outer = f" and {schedule.external_bytes:,} of external RAM"
        second = (
            f"\n * `external`: {upper}_EXTERNAL_BYTES more, likewise, which may be slower; NULL where that is 0. What a table of"
            f"\n * inputs and outputs says to lie at {upper}_ARENA_BYTES or above, lies there at that much less."
        )
    return f"""\
/* A neural network as plain C, made by a compiler: do not edit.
 *
 * from       {comment(origin.source)}
 * sha256     {origin.sha256}
 * command    {comment(origin.command)}
{_about(streams, pushed)}{comment(labels)}
 * MACs       {macros["MACS"]:,}
 * kernels    {kernels}: build with -DTM_KERNELS=TM_{kernels.upper()}; {workers} worker(s)
 * RAM        {schedule.arena_bytes:,} bytes of arena{outer}, input and output included, and the struct below
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
    int8_t *arena;{base}
    tm_workers *workers; /* {alone} */
    tm_trace *trace;     /* NULL, or called after each row of each layer */
    void *trace_user;
    uint16_t rows[{len(layers) + len(streams.graph.inputs)}]; /* rows made so far: of the inputs, then of each layer */{_counters(streams, workers)}
}} {name};

extern const char *const {name}_layer_names[{upper}_LAYERS];

/* All inputs and outputs, in the order of the file. */
extern const tm_edge {name}_inputs[{upper}_INPUTS];
extern const tm_edge {name}_outputs[{upper}_OUTPUTS];

/* Start over in `arena`: {upper}_ARENA_BYTES, aligned to 16 bytes, not used by anything else {until}.{second} */
tm_status {name}_init({name} *m, void *arena, size_t arena_bytes{parameters});

{take}

{find_outputs}

#ifdef __cplusplus
}}
#endif

#endif
"""


def _about(streams: Streams, pushed: list[Edge]) -> str:
    """Return a line about each input and output; those in `pushed` come row by row."""
    lines = []
    for edge in edges_of(streams):
        whole = "one row at a time" if edge in pushed else "a whole frame"
        kind = "output     " if edge.given else "input      "
        lines.append(
            f" * {kind}{comment(edge.name)}: {describe(edge.tensor)}" + ("" if edge.given else f"; {whole}")
        )
    return "\n".join(lines)


def _calls(pushed: list[Edge]) -> str:
    if not pushed:
        return FRAME_CALLS
    calls = ROWS_CALLS.replace("PART", pushed[0].part.upper()).replace("TYPE", ctype(pushed[0].tensor))
    return calls.replace("NAME", pushed[0].name)


def _counters(streams: Streams, workers: int) -> str:
    """Return the members of the state that not every model has."""
    found = ""
    if summing := sum(layer.style.counts_input for layer in streams.layers):
        found = f"\n    uint16_t summed[{summing}]; /* input rows that layers with sums have taken */"
    if workers > 1:
        found += "\n    tm_share share; /* of each row, that this worker computes */"
        found += "\n    uint32_t step;   /* steps begun */"
    return found
