"""`<name>.h`: what a network takes and gives, the state of one instance, and the public functions."""

from dataclasses import dataclass

from tinyml.compiler.emit.text import comment, describe, extents, named
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Streams

ROWS_CALLS = """\
/* Where the caller writes the next input row, MODEL_INPUT_WIDTH * MODEL_INPUT_CHANNELS bytes. The first row of the
 * next picture may overwrite the output of the last. */
int8_t *model_input_row(model *m);

/* Take the row that was written; TM_OK: send the next one, TM_DONE: the output is complete. */
tm_status model_push_row(model *m);"""

FRAME_CALLS = """\
/* Where the caller writes the picture, MODEL_INPUT_BYTES bytes, before each run: running overwrites it. */
int8_t *model_input(model *m);

tm_status model_run(model *m);"""


@dataclass
class Origin:
    """How and from what the files were made, for the header's first lines."""

    source: str
    sha256: str
    command: str
    labels: tuple[str, ...] = ()


def header_of(
    name: str, streams: Streams, schedule: Schedule, origin: Origin, kernels: str, workers: int
) -> str:
    """Return the text of `<name>.h`; `name` is the prefix of everything public."""
    upper, layers = name.upper(), streams.layers
    source, output = streams.tensors[streams.source], streams.tensors[streams.output]
    macros = {
        "ARENA_BYTES": schedule.arena_bytes,
        **extents("INPUT", source),
        "INPUT_ROWS": int(streams.rows),
        **extents("OUTPUT", output),
        "LAYERS": len(layers),
        "MACS": sum(layer.macs for layer in layers),
    }
    defines = "\n".join(f"#define {upper}_{key} {value}" for key, value in macros.items())
    labels = f"\n * labels     {', '.join(origin.labels)}" if origin.labels else ""
    how = "one row at a time" if streams.rows else "a whole frame"
    counters, shared, alone = "", "", "NULL: compiled for one"
    if summing := sum(layer.style.counts_input for layer in layers):
        counters = f"\n    uint16_t summed[{summing}]; /* input rows that layers with sums have taken */"
    if workers > 1:
        alone = "NULL: this core alone"
        shared = "\n    tm_share share; /* of each row, that this worker computes */"
        shared += "\n    uint32_t step;   /* steps begun */"
    return f"""\
/* A neural network as plain C, made by a compiler: do not edit.
 *
 * from       {comment(origin.source)}
 * sha256     {origin.sha256}
 * command    {comment(origin.command)}
 * input      {describe(source)}; {how}
 * output     {describe(output)}{comment(labels)}
 * MACs       {macros["MACS"]:,}
 * kernels    {kernels}: build with -DTM_KERNELS=TM_{kernels.upper()}; {workers} worker(s)
 * RAM        {schedule.arena_bytes:,} bytes of arena, input and output included, and the struct below
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
    tm_workers *workers; /* {alone} */
    tm_trace *trace;     /* NULL, or called after each row of each layer */
    void *trace_user;
    uint16_t rows[{len(layers) + 1}]; /* rows made so far: of the input, then of each layer */{counters}{shared}
}} {name};

extern const char *const {name}_layer_names[{upper}_LAYERS];

/* Begin anew in `arena`: {upper}_ARENA_BYTES, aligned to 16 bytes, used by nobody else until the output is read. */
tm_status {name}_init({name} *m, void *arena, size_t arena_bytes);

{named(ROWS_CALLS if streams.rows else FRAME_CALLS, name)}

/* The output, {upper}_OUTPUT_BYTES bytes, valid until the next picture begins. */
const int8_t *{name}_output(const {name} *m);

#ifdef __cplusplus
}}
#endif

#endif
"""
