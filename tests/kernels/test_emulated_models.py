"""Compiled networks on the emulated boards: the bytes of every layer, with every version of the kernels."""

import functools
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.emulated import PRELUDE, run
from support.oracles import TensorFlowModel, micro_outputs
from support.public_shapes import narrowing
from support.seed_network import seed_network

from tinyml.compiler.pipeline import compile_model
from tinyml.compiler.planning.placement import Memory

VARIANTS = [
    ("esp32_emulated", "lx6"),
    ("esp32_emulated", "portable"),
    ("esp32_emulated", "reference"),
    ("cortex_m4_emulated", "cortex_m4"),
    ("cortex_m4_emulated", "portable"),
    ("cortex_m4_emulated", "reference"),
    ("rv32imc_emulated", "portable"),
    ("rv32imc_emulated", "reference"),
]
FAST = [row for row in VARIANTS if row[1] != "reference" and row != ("esp32_emulated", "portable")]
MLPERF = ["vww_96_int8", "pretrainedResnet_quant", "kws_ref_model", "ad01_int8"]

# For each input: the CRC of all layers' CRCs, and that of the output.
PROGRAM = (
    '#include "model.h"\n'
    + PRELUDE
    + """
static int8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(16)));
static model m;
static uint32_t layer_crc[MODEL_LAYERS]; /* apart: in which order the layers take turns is the schedule's affair */

static void trace(void *user, int layer, int row, const int8_t *data, int bytes) {
  (void)user, (void)row;
  layer_crc[layer] = layer_crc[layer] * 31 + crc32(data, (size_t)bytes);
}

int main(void) {
  if (model_init(&m, arena, sizeof arena) != TM_OK) return 1;
  m.trace = trace;
  uint32_t state = 1;
  for (int number = 0; number < INPUTS; number++) {
    memset(layer_crc, 0, sizeof layer_crc);
    for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
      state = state * 1664525u + 1013904223u;
      model_input(&m)[i] = (int8_t)(state >> 24);
    }
    if (model_run(&m) != TM_DONE) return 2;
    say_number(crc32(layer_crc, sizeof layer_crc));
    say_number(crc32(model_output(&m), MODEL_OUTPUT_BYTES));
    say("\\n");
  }
  return 0;
}
"""
)


def crcs(
    folder: Path,
    model: Path,
    board: str,
    kernels: str,
    inputs: int,
    *,
    strips: int = 0,
    workers: int = 1,
    memory: Memory | None = None,
) -> list[list[int]]:
    """Run the model; returns (layers, output) for each input."""
    plan = compile_model(
        model, folder / "generated", kernels=kernels, strips=strips, workers=workers, memory=memory
    )
    assert bool(plan["strips"]) == bool(strips)
    if memory:
        assert "lie side by side" in (folder / "generated" / "model.c").read_text()
    files: dict[str, str | Path] = {name: folder / "generated" / name for name in ("model.c", "model.h")}
    text = run(folder, board, {"main.c": f"#define INPUTS {inputs}\n{PROGRAM}", **files}, kernels)
    return [[int(number) for number in line.split()] for line in text.splitlines()]


def inputs_like_the_programs(size: int, count: int) -> np.ndarray:
    """Return int8 [count, size], the same values that PROGRAM makes."""
    state, values = 1, np.empty(size * count, np.uint8)
    for i in range(size * count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    return values.view(np.int8).reshape(count, size)


@functools.cache
def wanted_crcs(model: Path, inputs: int) -> list[list[int]]:
    """Return what the reference kernels compute here, its outputs compared with TFLite-Micro's."""
    data = model.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        wanted = crcs(Path(folder), model, "host", "reference", inputs)
    shape = lite_shape(data)
    given = inputs_like_the_programs(int(np.prod(shape)), inputs)
    outputs = micro_outputs(data, [values.reshape(shape) for values in given])
    assert [row[1] for row in wanted] == [zlib.crc32(output.tobytes()) for output in outputs]
    assert len({row[0] for row in wanted}) == inputs
    return wanted


def lite_shape(data: bytes) -> tuple[int, ...]:
    """Return the shape of the model's input."""
    return tuple(TensorFlowModel(data).inputs[0]["shape"])


def check(folder: Path, model: Path, board: str, kernels: str, inputs: int, **options: Any) -> None:
    """Compare one board and version of the kernels with the reference."""
    found = crcs(folder / board, model, board, kernels, inputs, **options)
    assert found == wanted_crcs(model, inputs), f"{board} with {kernels} kernels computes other bytes"


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seed network at several sizes, and one with many channels on few pixels."""
    folder = tmp_path_factory.mktemp("networks")
    (folder / "narrowing.tflite").write_bytes(narrowing())
    for name, width, size in (("small", 0.35, 48), ("1.0", 1.0, 96), ("0.35", 0.35, 96)):
        (folder / f"{name}.tflite").write_bytes(seed_network(width, size))
    return folder


@pytest.mark.parametrize(("board", "kernels"), FAST)
def test_same_bytes(networks: Path, tmp_path: Path, board: str, kernels: str) -> None:
    check(tmp_path, networks / "small.tflite", board, kernels, 2)


@pytest.mark.parametrize("columns", [4, 7])
@pytest.mark.parametrize(("board", "kernels"), [row for row in FAST if row[1] in ("lx6", "cortex_m4")])
def test_same_bytes_in_strips(networks: Path, tmp_path: Path, board: str, kernels: str, columns: int) -> None:
    """Strips call the packed kernels for a few columns of a row, at other addresses than whole rows."""
    check(tmp_path, networks / "small.tflite", board, kernels, 2, strips=columns)


@pytest.mark.parametrize(
    ("board", "kernels", "workers"),
    [
        *(("esp32_emulated", "lx6", workers) for workers in (1, 2)),
        *(pytest.param(*row, 1, marks=pytest.mark.slow) for row in FAST[1:]),
        ("host", "portable", 2),
    ],
)
def test_same_bytes_where_no_constant_finds_room(
    networks: Path, tmp_path: Path, board: str, kernels: str, workers: int
) -> None:
    """Small records, and small maps in one call."""
    check(
        tmp_path,
        networks / "narrowing.tflite",
        board,
        kernels,
        2,
        workers=workers,
        memory=Memory(fetch_cycles=30),
    )


def test_same_bytes_of_a_model_for_two_workers(networks: Path, tmp_path: Path) -> None:
    """What the ESP32-CAM runs until its second core has come."""
    check(tmp_path, networks / "small.tflite", "esp32_emulated", "lx6", 2, workers=2)


@pytest.mark.slow
@pytest.mark.parametrize("width", ["1.0", "0.35"])
@pytest.mark.parametrize(("board", "kernels"), VARIANTS)
def test_same_bytes_of_the_seed_network(
    networks: Path, tmp_path: Path, board: str, kernels: str, width: str
) -> None:
    check(tmp_path, networks / f"{width}.tflite", board, kernels, 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", MLPERF)
@pytest.mark.parametrize(("board", "kernels"), VARIANTS)
def test_same_bytes_of_mlperf_tiny(
    real_data: Path, tmp_path: Path, board: str, kernels: str, name: str
) -> None:
    check(tmp_path, real_data / "mlperf-tiny" / f"{name}.tflite", board, kernels, 20)
