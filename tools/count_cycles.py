"""Predict the cycles of a compiled model on the ESP32's core, layer by layer, beside its instructions.

    python tools/count_cycles.py model.tflite                   what each layer takes on one core
    python tools/count_cycles.py model.tflite --lost 20         and the 20 places where most cycles are lost
    python tools/count_cycles.py --trace PREFIX                 the sections of a trace that lies there

The emulator executes the model and a plugin writes down every instruction; tinyml/device/cycles.py puts them through a
model of the core's pipeline. Cycles are predicted, never measured, and contain no waiting for flash.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from tinyml.boards import load_board
from tinyml.compiler.pipeline import compile_model
from tinyml.device import emulator, trace
from tinyml.device.cycles import Counted, count, load_core
from tinyml.errors import TinymlError
from tinyml.files import write_json

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


def count_model(path: Path, folder: Path, kernels: str | None = None) -> dict[str, Any]:
    """Return the predicted cycles and the instructions of a model, in all and of each layer."""
    plan, rows, executed = trace_model(path, folder, kernels)
    return by_layer(plan, rows, count(executed, load_core("lx6")))


def table(counts: dict[str, Any], clock_hz: int) -> str:
    """Return the counts as text, a layer a line."""
    lines = [
        f"{'layer':<24}{'outputs':>9}{'MACs':>12}{'instructions':>14}{'cycles':>12}{'/MAC':>7}{'/output':>9}{'CPI':>6}"
    ]
    total = {
        "name": "all",
        "macs": counts["macs"],
        "outputs": sum(layer["outputs"] for layer in counts["layers"]),
        "instructions": counts["instructions_per_inference"],
        "cycles": counts["cycles_per_inference"],
    }
    for row in [*counts["layers"], total]:
        per_mac = f"{row['cycles'] / row['macs']:.2f}" if row["macs"] else "-"
        lines.append(
            f"{row['name']:<24}{row['outputs']:>9,}{row['macs']:>12,}{row['instructions']:>14,}{row['cycles']:>12,}"
            f"{per_mac:>7}{row['cycles'] / row['outputs']:>9.1f}{row['cycles'] / row['instructions']:>6.2f}"
        )
    lines.append(
        f"predicted: {1000 * total['cycles'] / clock_hz:,.1f} ms at {clock_hz / 1e6:g} MHz on one core, without waiting "
        f"for flash; {counts['window_cycles']:,} cycles of it to spill registers"
    )
    return "\n".join(lines)


def lost_table(executed: trace.Trace, counted: Counted, places: int) -> str:
    """Return the places where most cycles of the whole trace are lost, as text."""
    lines = [f"{'cycles':>12}  {'cause':<20} {'function':<28} {'address':<10} instruction that came late"]
    for (instruction, cause), cycles in counted.lost(executed).most_common(places):
        lines.append(
            f"{cycles:>12,}  {cause:<20} {instruction.function:<28} {instruction.address:08x}   {instruction.words}"
        )
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, trace, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument(
        "--trace", type=Path, metavar="PREFIX", help="read PREFIX.code and PREFIX.runs instead"
    )
    parser.add_argument("--kernels", help="default: the board's")
    parser.add_argument("--lost", type=int, default=0, metavar="N", help="list where most cycles are lost")
    parser.add_argument("--out", type=Path, help="write the counts as JSON")
    parser.add_argument("--folder", type=Path, help="build here and keep it")
    arguments = parser.parse_args()
    if (arguments.model is None) == (arguments.trace is None):
        parser.error("give a model or --trace")
    core = load_core("lx6")
    try:
        if arguments.trace:
            executed = trace.read(arguments.trace)
            counted = count(executed, core)
            for index, section in enumerate(counted.sections):
                print(
                    f"section {index:<6}{section.instructions:>14,} instructions{section.cycles:>14,} cycles"
                )
        else:
            with tempfile.TemporaryDirectory() as temporary:
                folder = (arguments.folder or Path(temporary)).resolve()
                plan, rows, executed = trace_model(arguments.model, folder, arguments.kernels)
            counted = count(executed, core)
            counts = by_layer(plan, rows, counted)
            print(table(counts, load_board("esp32cam").clock_hz))
            if arguments.out:
                write_json(arguments.out, counts, inputs={"model": arguments.model})
        if arguments.lost:
            print(lost_table(executed, counted, arguments.lost))
    except TinymlError as error:
        sys.exit(f"{error.what}\n{error.cure}")


if __name__ == "__main__":
    main()
