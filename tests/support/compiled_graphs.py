"""Models of any inputs and outputs as one program with the sanitizers: whole and row by row, by one worker and by two."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from support.compiled import link
from tinyml.compiler.pipeline import compile_model

SANITIZED = (
    "-O0",
    "-g0",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-pthread",
    "-D_GNU_SOURCE",
)

# What each model is run as: with row input one input comes in rows, and of two workers the helper may come.
RUNNER = """
#include <stdio.h>
#include <string.h>
#include "frame.h"
#include "rows.h"
#include "tm_threads.h"
uint64_t tm_macs;
static frame f;
static rows r;
static SHARED shared; /* apart, so that each goes through its own runs */
static _Alignas(16) int8_t frame_arena[FRAME_ARENA_BYTES], rows_arena[ROWS_ARENA_BYTES], shared_arena[SHARED_ARENA_BYTES];
static int8_t inputs[INPUT_BYTES];
static tm_threads threads;

static int8_t *take(int8_t *arena, const tm_edge *edges, int count, int pushed) {
    int8_t *from = inputs, *first = NULL;
    for (int n = 0; n < count; from += edges[n++].bytes) {
        if (n == pushed) first = from;
        else memcpy(arena + edges[n].offset, from, edges[n].bytes);
    }
    return first;
}

static void give(const int8_t *arena, const tm_edge *edges, int count) {
    for (int n = 0; n < count; ++n) fwrite(arena + edges[n].offset, edges[n].bytes, 1, stdout);
}

static int run_rows(rows *m) {
    const int8_t *row = take(m->arena, rows_inputs, ROWS_INPUTS, PUSHED);
    const size_t row_bytes = rows_inputs[PUSHED].bytes / rows_inputs[PUSHED].height;
    tm_status status = TM_OK;
    tm_macs = 0;
    for (int y = 0; y < rows_inputs[PUSHED].height; ++y, row += row_bytes) {
        memcpy(rows_input_row(m), row, row_bytes);
        status = rows_push_row(m);
    }
    give(m->arena, rows_outputs, ROWS_OUTPUTS);
    fwrite(&tm_macs, sizeof tm_macs, 1, stdout);
    return status == TM_DONE;
}

static int run_frame(frame *m) {
    take(m->arena, frame_inputs, FRAME_INPUTS, -1);
    if (frame_run(m) != TM_DONE) return 0;
    give(m->arena, frame_outputs, FRAME_OUTPUTS);
    return 1;
}

int main(void) {
    if (frame_init(&f, frame_arena, sizeof frame_arena) || rows_init(&r, rows_arena, sizeof rows_arena)) return 2;
    if (INIT_SHARED(&shared, shared_arena, sizeof shared_arena)) return 2;
    if (!tm_threads_start(&threads)) return 3;
    shared.workers = &threads.workers;
    while (fread(inputs, sizeof inputs, 1, stdin) == 1) {
        if (!run_frame(&f) || !run_rows(&r)) return 4;
        if (!RUN_SHARED(&shared)) return 5;
    }
    tm_threads_stop(&threads);
    return 0;
}
"""


@dataclass(frozen=True)
class Run:
    """What one set of inputs gave, flat int8: whole and in rows by one worker, and one of the two by two workers."""

    frame: np.ndarray
    rows: np.ndarray
    shared: np.ndarray
    macs: int


def build(folder: Path, *, rows_shared: bool) -> tuple[Path, dict, dict]:
    """Compile `model.tflite` of `folder` both ways, one of them for two workers; return the program and both plans."""
    plans = [
        compile_model(
            folder / "model.tflite",
            folder,
            name=mode,
            input_mode=mode,
            workers=1 + (rows_shared == (mode == "rows")),
        )
        for mode in ("frame", "rows")
    ]
    pushed = [edge["by_rows"] for edge in plans[1]["inputs"]].index(True)
    size = sum(int(np.prod(edge["shape"])) for edge in plans[1]["inputs"])
    shared = "rows" if rows_shared else "frame"
    (folder / "runner.c").write_text(
        f"#define PUSHED {pushed}\n#define INPUT_BYTES {size}\n"
        f"#define SHARED {shared}\n#define RUN_SHARED run_{shared}\n#define INIT_SHARED {shared}_init\n"
        f"#define SHARED_ARENA_BYTES {shared.upper()}_ARENA_BYTES\n{RUNNER}"
    )
    return link(folder, folder / "runner.c", SANITIZED), plans[0], plans[1]


def run(program: Path, inputs: Sequence[Sequence[np.ndarray]], *, rows_shared: bool) -> list[Run]:
    """Run a program of `build` on sets of inputs; a sanitizer's report becomes the exception's text."""
    data = b"".join(values.tobytes() for one in inputs for values in one)
    result = subprocess.run([program], input=data, capture_output=True, timeout=300)
    assert result.returncode == 0, f"exit status {result.returncode}: {result.stderr.decode()[:3000]}"
    found = []
    for record in np.frombuffer(result.stdout, np.int8).reshape(len(inputs), -1):
        size = (len(record) - (16 if rows_shared else 8)) // 3
        frame, rows, rest = np.split(record, [size, 2 * size])
        found.append(Run(frame, rows, rest[8 : 8 + size], int(rest[:8].view(np.uint64)[0])))
    return found
