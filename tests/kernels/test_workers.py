"""Two workers give the bytes of one, without a data race, and stop when they are told to."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.compiled import KERNELS, kernel_archive
from support.random_networks import Layer, Network, networks
from support.stateful import streaming_network
from support.tflite_builder import ModelBuilder

from tinyml.compiler.pipeline import compile_bytes, compile_model
from tinyml.compiler.planning.barriers import barriers_of
from tinyml.compiler.planning.placement import Memory
from tinyml.errors import TinymlError

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]

# A chain of depthwise and pointwise rows of many widths, as a model runs it: each reads what both workers wrote.
PROGRAM = """
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "tm_threads.h"

enum { CHANNELS = 12, MOST = 40, ROUNDS = 300 };
static int8_t weights[CHANNELS * CHANNELS], pad[CHANNELS], shift[CHANNELS];
static int32_t bias[CHANNELS], multiplier[CHANNELS];
static int admissions;

typedef struct chain {
    tm_workers *workers;
    tm_share share;
    int width, round;
    int8_t *first, *second;
} chain;

static void meet(chain *c) {
    if (c->share != TM_WHOLE_ROW) c->workers->meet(c->workers, c->share);
}

static void compute(chain *c) {
    const tm_depthwise depthwise = {.weights = weights, .bias = bias, .multiplier = multiplier, .shift = shift,
        .pad = pad, .in_width = c->width, .in_channels = CHANNELS, .out_width = c->width, .out_channels = CHANNELS,
        .kernel_height = 1, .kernel_width = 3, .stride = 1, .dilation = 1, .pad_left = 1, .out_min = -128,
        .out_max = 127};
    const tm_conv pointwise = {.weights = weights, .bias = bias, .multiplier = multiplier, .shift = shift,
        .pad = pad, .in_width = c->width, .in_channels = CHANNELS, .out_width = c->width, .out_channels = CHANNELS,
        .kernel_height = 1, .kernel_width = 1, .stride = 1, .dilation = 1, .out_min = -128, .out_max = 127};
    for (; c->round < ROUNDS; ++c->round) {
        const int8_t *rows[1] = {c->first};
        if (c->share == TM_WHOLE_ROW && c->workers != NULL) {
            c->workers->admit(c->workers, &c->share);
            admissions += c->share != TM_WHOLE_ROW;
        }
        meet(c); /* the columns beside the middle have been written ... */
        tm_run_row(c->share, tm_depthwise_row_s8, &depthwise, rows, c->second, 0, c->width, NULL, 0);
        meet(c); /* ... and read */
        rows[0] = c->second;
        tm_run_row(c->share, tm_conv_row_s8, &pointwise, rows, c->first, 0, c->width, NULL, 0);
    }
}

static void help(void *caller) {
    chain mine = *(const chain *)caller;
    mine.share = TM_SECOND_HALF;
    meet(&mine);
    compute(&mine);
}

static void run(tm_workers *workers, int width, int8_t *first, int8_t *second) {
    chain c = {.workers = workers, .width = width, .first = first, .second = second};
    if (workers != NULL) workers->invite(workers, help, &c);
    compute(&c);
    if (workers != NULL) workers->part(workers);
}

int main(void) {
    static tm_threads threads;
    for (int i = 0; i < CHANNELS * CHANNELS; ++i) weights[i] = (int8_t)(i * 71 + 13);
    for (int i = 0; i < CHANNELS; ++i) multiplier[i] = 0x70000000, shift[i] = -6, bias[i] = i * 50 - 300;
    for (int start = 0; start < 3; ++start) {
        if (!tm_threads_start(&threads)) return puts("no helper"), 1;
        for (int width = 1; width <= MOST; width += 1 + start) {
            static int8_t alone[2][MOST * CHANNELS], shared[2][MOST * CHANNELS];
            for (int i = 0; i < MOST * CHANNELS; ++i) alone[0][i] = shared[0][i] = (int8_t)(i * 37);
            run(NULL, width, alone[0], alone[1]);
            run(&threads.workers, width, shared[0], shared[1]);
            if (memcmp(alone, shared, sizeof alone)) return printf("width %d differs\\n", width), 1;
            if (width % 8 == 1) { /* long enough for the helper to park */
                const struct timespec pause = {.tv_nsec = 20000000};
                nanosleep(&pause, NULL);
            }
        }
        tm_threads_stop(&threads);
    }
    return admissions < 10 ? printf("the helper came %d times\\n", admissions), 1 : 0;
}
"""


def run(folder: Path, checks: str, sources: list[Path]) -> str:
    """Build `sources` with the sanitizers `checks`, the kernels too, run the program and return what went wrong."""
    checked = ("-O1", "-g", f"-fsanitize={checks}", "-fno-sanitize-recover=all", "-pthread", "-D_GNU_SOURCE")
    include = ("-I", KERNELS / "include", "-I", folder)
    program = [*sources, kernel_archive(checked), "-o", folder / "program"]
    subprocess.run(["gcc", *checked, *include, *program], check=True)
    result = subprocess.run([folder / "program"], capture_output=True, text=True, timeout=120)
    return "" if result.returncode == 0 else f"{result.returncode}: {result.stdout}{result.stderr}"


@pytest.mark.parametrize("checks", ["thread", "address,undefined"])
def test_two_workers_compute_the_same_bytes(checks: str, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(PROGRAM)
    assert not run(tmp_path, checks, [tmp_path / "main.c"])


# Pictures until the helper has helped with a few of them: from the first step on, or from wherever it came.
MODEL_PROGRAM = """
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include "model.h"
#include "tm_threads.h"
static _Alignas(16) int8_t arenas[2][MODEL_ARENA_BYTES];
static model alone, shared;
static tm_threads threads;
static void (*invite)(tm_workers *workers, void (*help)(void *model), void *model);
static void (*admit)(tm_workers *workers, tm_share *share);
static int admissions, patient;
static void patient_invite(tm_workers *workers, void (*help)(void *model), void *model) {
    invite(workers, help, model);
    while (patient && __atomic_load_n(&threads.came, __ATOMIC_ACQUIRE) != threads.invitation) sched_yield();
}
static void counting_admit(tm_workers *workers, tm_share *share) {
    admit(workers, share);
    admissions += *share != TM_WHOLE_ROW;
}
static int8_t value(int round, int i) { return (int8_t)(i * 31 + i / 7 + round * 17); }
static int picture(model *m, int round) {
#if MODEL_INPUT_ROWS
    enum { ROW_BYTES = MODEL_INPUT_BYTES / MODEL_INPUT_HEIGHT };
    tm_status status = TM_OK;
    for (int y = 0; y < MODEL_INPUT_HEIGHT && status == TM_OK; ++y) {
        for (int i = 0; i < ROW_BYTES; ++i) model_input_row(m)[i] = value(round, y * ROW_BYTES + i);
        status = model_push_row(m);
    }
    return status == TM_DONE;
#else
    for (int i = 0; i < MODEL_INPUT_BYTES; ++i) model_input(m)[i] = value(round, i);
    return model_run(m) == TM_DONE;
#endif
}
int main(void) {
    if (model_init(&alone, arenas[0], MODEL_ARENA_BYTES) || model_init(&shared, arenas[1], MODEL_ARENA_BYTES)) return 1;
    if (!tm_threads_start(&threads)) return 2;
    invite = threads.workers.invite, admit = threads.workers.admit;
    threads.workers.invite = patient_invite, threads.workers.admit = counting_admit;
    shared.workers = &threads.workers;
    for (int round = 0; round < 2000 && admissions < 5; ++round) {
        patient = round % 2;
        if (!picture(&alone, round) || !picture(&shared, round)) return 3;
        if (memcmp(model_output(&alone), model_output(&shared), MODEL_OUTPUT_BYTES)) return puts("bytes differ"), 4;
    }
    tm_threads_stop(&threads);
    return admissions < 5 ? printf("the helper came %d times\\n", admissions), 5 : 0;
}
"""


def compiled(folder: Path, model: bytes, **options: object) -> list[Path]:
    """Compile `model` for two workers into `folder`; return the sources of the program above."""
    (folder / "model.tflite").write_bytes(model)
    compile_model(folder / "model.tflite", folder, workers=2, **options)  # type: ignore[arg-type]
    (folder / "main.c").write_text(MODEL_PROGRAM)
    return [folder / "main.c", folder / "model.c"]


def all_kinds() -> bytes:
    """A network with every kind of step: kernels, sums, copies."""
    layers = [
        Layer("padded_conv", 8, (3, 3), (2, 2), amounts=(1, 0, 1, 0), per_channel=True),
        Layer("residual", 24, (3, 3)),
        Layer("concatenate", 5, (3, 3)),
        Layer("average_pool", kernel=(2, 2), stride=(2, 2), padding="VALID"),
        Layer("gate"),
        Layer("hard_swish"),
    ]
    return Network(4, 22, 26, 3, layers=layers, head="classify").tflite()


@pytest.mark.parametrize("strips", [0, 3])
@pytest.mark.parametrize("input_mode", ["frame", "rows"])
@pytest.mark.parametrize("checks", ["thread", "address,undefined"])
def test_two_workers_run_a_compiled_model(checks: str, input_mode: str, strips: int, tmp_path: Path) -> None:
    assert not run(tmp_path, checks, compiled(tmp_path, all_kinds(), input_mode=input_mode, strips=strips))


@pytest.mark.parametrize("checks", ["thread", "address,undefined"])
def test_two_workers_share_all_rows_of_a_block(checks: str, tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.conv(b.depthwise(b.input((1, 9, 7, 8)), stride=(1, 1)), 12, (1, 1))
    x = b.conv(b.depthwise(b.conv(x, 16, (1, 1)), stride=(2, 2)), 12, (1, 1))
    sources = compiled(tmp_path, b.finish(x), memory=Memory(fetch_cycles=30), input_mode="rows")
    assert "lie side by side" in (tmp_path / "model.c").read_text()
    assert not run(tmp_path, checks, sources)


@pytest.mark.parametrize("input_mode", ["frame", "rows"])
def test_two_workers_keep_the_states(input_mode: str, tmp_path: Path) -> None:
    model = streaming_network(frames=2, width=3)
    sources = compiled(tmp_path, model, input_mode=input_mode)
    assert "keep_states" in sources[1].read_text()
    assert not run(tmp_path, "address,undefined", sources)


def test_without_barriers_it_goes_wrong(tmp_path: Path) -> None:
    sources = compiled(tmp_path, all_kinds())
    text = re.sub(r"(barriers\[\d+\] = \{)[^}]*\}", r"\1 0 }", (tmp_path / "model.c").read_text())
    (tmp_path / "model.c").write_text(text)
    assert re.search("data race|bytes differ", run(tmp_path, "thread", sources))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(network=networks, rows=st.booleans(), strips=st.integers(0, 5), blocks=st.booleans())
def test_two_workers_run_random_networks(
    tmp_path_factory: pytest.TempPathFactory, network: Network, rows: bool, strips: int, blocks: bool
) -> None:
    folder = tmp_path_factory.mktemp("network")
    sources = compiled(
        folder,
        network.inner().tflite(),
        input_mode="rows" if rows else "frame",
        strips=strips,
        memory=Memory(fetch_cycles=30) if blocks else None,
    )
    assert not run(folder, "thread", sources)


def barriers(model: bytes) -> int:
    network = compile_bytes(model)
    return sum(barriers_of(network.streams, network.schedule))


def test_workers_meet_only_where_columns_mix() -> None:
    b = ModelBuilder()
    x = b.conv(b.input((1, 12, 16, 8)), 8, (1, 1))
    pointwise = b.finish(b.conv(x, 8, (1, 1)))
    b = ModelBuilder()
    x = b.conv(b.input((1, 12, 16, 8)), 8, (1, 1))
    depthwise = b.finish(b.depthwise(x, kernel=(3, 3), stride=(1, 1), padding="SAME"))
    assert barriers(pointwise) <= 1  # where the output takes the input's place
    assert barriers(depthwise) >= 12


def test_more_workers_than_two_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(all_kinds())
    with pytest.raises(TinymlError, match="3 workers"):
        compile_model(tmp_path / "model.tflite", tmp_path, workers=3)


@pytest.mark.parametrize(
    "compiler", [["gcc", "-std=c99"], ["g++", "-x", "c++", "-std=c++11"]], ids=["c", "c++"]
)
def test_workers_compile_without_a_warning(compiler: list[str], tmp_path: Path) -> None:
    compiled(tmp_path, all_kinds(), input_mode="rows", strips=3)
    for source in (KERNELS / "src" / "workers" / "tm_threads.c", tmp_path / "model.c"):
        command: list[str | Path] = [*compiler, *WARNINGS, "-I", KERNELS / "include", "-c", source]
        subprocess.run([*command, "-o", tmp_path / "object.o"], check=True)
