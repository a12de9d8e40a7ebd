"""A compiled model on the emulated ESP32, traced: the instructions and the cycles of each layer."""

from pathlib import Path
from typing import Any

from tinyml.boards import load_board
from tinyml.compiler.pipeline import compile_model
from tinyml.device import emulator, trace
from tinyml.device.cycles import Counted

BOARD = "esp32_emulated"
PROGRAM = """
#include "hal.h"
#include "model.h"

static int8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(16)));
static model m;

/* Ends a section of the trace. */
static inline void mark(void) {
  uint32_t cycles;
  __asm__ volatile("rsr.ccount %0" : "=r"(cycles) : : "memory");
}

static void say(uint32_t value) {
  char digits[12];
  int first = 12;
  digits[--first] = '\\n';
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  hal_write(digits + first, (size_t)(12 - first));
}

/* What passed since the last row was done went into this one. */
static void on_row(void *user, int layer, int row, const int8_t *data, int bytes) {
  mark();
  (void)user, (void)row, (void)data;
  say((uint32_t)layer);
  say((uint32_t)bytes);
  mark();
}

static void fill(void) {
  uint32_t state = 1;
  int8_t *input = model_input(&m);
  for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
    state = state * 1664525u + 1013904223u;
    input[i] = (int8_t)(state >> 24);
  }
}

int main(void) {
  if (model_init(&m, arena, sizeof arena) != TM_OK) hal_exit(1);
  fill();
  mark();
  if (model_run(&m) != TM_DONE) hal_exit(2);
  mark();
  m.trace = on_row;
  fill();
  mark();
  if (model_run(&m) != TM_DONE) hal_exit(3);
  return 0;
}
"""


def trace_model(
    path: Path, folder: Path, kernels: str | None = None
) -> tuple[dict[str, Any], list[tuple[int, int]], trace.Trace]:
    """Compile, build and run a model on the emulated ESP32; returns its plan, (layer, bytes) of each row, the trace."""
    board = load_board(BOARD)
    kernels = kernels or board.compiler["kernels"]
    plan = compile_model(path, folder / "generated", kernels=kernels)
    generated: dict[str, str | Path] = {name: folder / "generated" / name for name in ("model.c", "model.h")}
    program = emulator.build(folder, board, {"main.c": PROGRAM, **generated}, kernels)
    printed, executed = trace.run(board, program)
    numbers = [int(line) for line in printed.split()]
    return plan, list(zip(numbers[::2], numbers[1::2], strict=True)), executed


def by_layer(plan: dict[str, Any], rows: list[tuple[int, int]], counted: Counted) -> dict[str, Any]:
    """Return instructions and cycles of one inference and of each layer."""
    # Sections: before, the inference, between, then by turns the work for a row and the telling of it.
    _, inference, _, *alternating = counted.sections
    layers = [
        {"name": layer["name"], "macs": layer["macs"], "outputs": 0, "instructions": 0, "cycles": 0}
        for layer in plan["layers"]
    ]
    for (layer, outputs), section in zip(rows, alternating[::2], strict=False):
        layers[layer]["outputs"] += outputs
        layers[layer]["instructions"] += section.instructions
        layers[layer]["cycles"] += section.cycles
    return {
        "kernels": plan["kernels"],
        "macs": plan["macs"],
        "instructions_per_inference": inference.instructions,
        "cycles_per_inference": inference.cycles,
        "window_cycles": inference.window_cycles,
        "layers": layers,
    }
