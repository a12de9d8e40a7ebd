"""Two workers give the bytes of one, without a data race, and stop when they are told to."""

import subprocess
from pathlib import Path

import pytest
from random_networks import Layer, Network

from tinyml.compiler.pipeline import compile_model

KERNELS = Path(__file__).parent.parent / "firmware" / "lib" / "tinyml_kernels"

# A chain of depthwise and pointwise rows of many widths, as a model runs it: each reads what both workers wrote.
PROGRAM = """
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "tm_threads.h"

enum { CHANNELS = 12, MOST = 40, ROUNDS = 300 };
static int8_t weights[CHANNELS * CHANNELS], pad[CHANNELS], shift[CHANNELS];
static int32_t bias[CHANNELS], multiplier[CHANNELS];

static void run(tm_workers *workers, int width, int8_t *first, int8_t *second) {
    const tm_depthwise depthwise = {.weights = weights, .bias = bias, .multiplier = multiplier, .shift = shift,
        .pad = pad, .in_width = width, .in_channels = CHANNELS, .out_width = width, .out_channels = CHANNELS,
        .kernel_height = 1, .kernel_width = 3, .stride = 1, .dilation = 1, .pad_left = 1, .out_min = -128,
        .out_max = 127};
    const tm_conv pointwise = {.weights = weights, .bias = bias, .multiplier = multiplier, .shift = shift,
        .pad = pad, .in_width = width, .in_channels = CHANNELS, .out_width = width, .out_channels = CHANNELS,
        .kernel_height = 1, .kernel_width = 1, .stride = 1, .dilation = 1, .out_min = -128, .out_max = 127};
    for (int round = 0; round < ROUNDS; ++round) {
        const int8_t *rows[1] = {first};
        tm_run_row(workers, tm_depthwise_row_s8, &depthwise, rows, second, 0, width, NULL, 0);
        rows[0] = second;
        tm_run_row(workers, tm_conv_row_s8, &pointwise, rows, first, 0, width, NULL, 0);
    }
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
    return 0;
}
"""


def run(folder: Path, checks: str, sources: list[Path]) -> None:
    """Build `sources` and the kernels with the sanitizers `checks`, and run the program, which must succeed."""
    kernels = [
        source for part in ("reference", "portable", "workers") for source in KERNELS.glob(f"src/{part}/*.c")
    ]
    command = [
        "gcc",
        "-O1",
        "-g",
        f"-fsanitize={checks}",
        "-fno-sanitize-recover=all",
        "-pthread",
        "-D_GNU_SOURCE",
    ]
    include = ["-I", KERNELS / "include", "-I", folder]
    subprocess.run([*command, *include, *sources, *kernels, "-o", folder / "program"], check=True)
    result = subprocess.run([folder / "program"], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("checks", ["thread", "address,undefined"])
def test_two_workers_compute_the_same_bytes(checks: str, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(PROGRAM)
    run(tmp_path, checks, [tmp_path / "main.c"])


MODEL_PROGRAM = """
#include <stdio.h>
#include <string.h>
#include "model.h"
#include "tm_threads.h"
static _Alignas(16) int8_t arenas[2][MODEL_ARENA_BYTES];
static model alone, shared;
static tm_threads threads;
int main(void) {
    if (model_init(&alone, arenas[0], MODEL_ARENA_BYTES) || model_init(&shared, arenas[1], MODEL_ARENA_BYTES)) return 1;
    if (!tm_threads_start(&threads)) return 2;
    shared.workers = &threads.workers;
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < MODEL_INPUT_BYTES; ++i) {
            model_input(&alone)[i] = model_input(&shared)[i] = (int8_t)(i * 31 + round * 17);
        }
        if (model_run(&alone) != TM_DONE || model_run(&shared) != TM_DONE) return 3;
        if (memcmp(model_output(&alone), model_output(&shared), MODEL_OUTPUT_BYTES)) return puts("bytes differ"), 4;
    }
    tm_threads_stop(&threads);
    return 0;
}
"""


@pytest.mark.parametrize("checks", ["thread", "address,undefined"])
def test_two_workers_run_a_compiled_model(checks: str, tmp_path: Path) -> None:
    layers = [
        Layer("padded_conv", 8, (3, 3), (2, 2), amounts=(1, 0, 1, 0), per_channel=True),
        Layer("residual", 24, (3, 3)),
        Layer("concatenate", 5, (3, 3)),
        Layer("average_pool", kernel=(2, 2), stride=(2, 2), padding="VALID"),
        Layer("gate"),
        Layer("hard_swish"),
    ]
    (tmp_path / "model.tflite").write_bytes(Network(4, 22, 26, 3, layers=layers, head="classify").tflite())
    compile_model(tmp_path / "model.tflite", tmp_path)
    (tmp_path / "main.c").write_text(MODEL_PROGRAM)
    run(tmp_path, checks, [tmp_path / "main.c", tmp_path / "model.c"])


@pytest.mark.parametrize(
    "compiler", [["gcc", "-std=c99"], ["g++", "-x", "c++", "-std=c++11"]], ids=["c", "c++"]
)
def test_workers_compile_without_a_warning(compiler: list[str], tmp_path: Path) -> None:
    source = KERNELS / "src" / "workers" / "tm_threads.c"
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
    command = [*compiler, *warnings, "-I", KERNELS / "include", "-c", source, "-o", tmp_path / "object.o"]
    subprocess.run(command, check=True)
