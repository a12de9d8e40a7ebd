"""A compiled model in a program of its own on an emulated board: what the tools that count have in common."""

from pathlib import Path
from typing import Any

from tinyml.boards import Board
from tinyml.compiler.pipeline import compile_model
from tinyml.compiler.planning.placement import Memory
from tinyml.device import emulator

# C text that each of their programs begins with: the model `m`, `say` a number, `fill` the input.
PREAMBLE = """
#include "hal.h"
#include "model.h"

static int8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(16)));
static model m;

static void say(uint64_t value) {
  char digits[24];
  int first = 24;
  digits[--first] = '\\n';
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  hal_write(digits + first, (size_t)(24 - first));
}

static void fill(void) {
  uint32_t state = 1;
  int8_t *input = model_input(&m);
  for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
    state = state * 1664525u + 1013904223u;
    input[i] = (int8_t)(state >> 24);
  }
}
"""


def build_measured(
    path: Path, folder: Path, board: Board, kernels: str, program: str, memory: Memory | None = None
) -> tuple[dict[str, Any], Path]:
    """Compile the model `path` and build `program` (C text behind `PREAMBLE`) with it; returns plan and ELF."""
    plan = compile_model(path, folder / "generated", kernels=kernels, memory=memory)
    generated: dict[str, str | Path] = {name: folder / "generated" / name for name in ("model.c", "model.h")}
    return plan, emulator.build(folder, board, {"main.c": PREAMBLE + program, **generated}, kernels)
