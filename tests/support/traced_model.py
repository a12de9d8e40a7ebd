"""A compiled model on the emulated ESP32, traced: the instructions and the cycles of each layer."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from support.measured_model import build_measured
from tinyml.boards import load_board
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import form_of, schedule_graph
from tinyml.compiler.planning.placement import Memory, checks_of, reads_of
from tinyml.compiler.targets import cost
from tinyml.device import trace
from tinyml.device.cycles import Counted, count, load_core

BOARD = "esp32_emulated"
PROGRAM = """
/* Ends a section of the trace. */
static inline void mark(void) {
  uint32_t cycles;
  __asm__ volatile("rsr.ccount %0" : "=r"(cycles) : : "memory");
}

/* What passed since the last row was done went into this one. */
static void on_row(void *user, int layer, int row, const int8_t *data, int bytes) {
  mark();
  (void)user, (void)row, (void)data;
  say((uint64_t)layer);
  say((uint64_t)bytes);
  mark();
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
    path: Path, folder: Path, kernels: str | None = None, memory: Memory | None = None
) -> tuple[dict[str, Any], list[tuple[int, int]], trace.Trace]:
    """Compile, build and run a model on the emulated ESP32; returns its plan, (layer, bytes) of each row, the trace."""
    board = load_board(BOARD)
    kernels = kernels or board.compiler["kernels"]
    plan, program = build_measured(path, folder, board, kernels, PROGRAM, memory)
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


class Observed(NamedTuple):
    """A layer in a trace: how often each of its rounds comes, and its cycles."""

    name: str
    rounds: dict[str, float]
    cycles: int


def observe(data: bytes, folder: Path, memory: Memory | None = None) -> list[Observed]:
    """Return each layer of a network on the emulated ESP32, and last the whole inference.

    Layers that take rows and give none, as MEAN, are left out, and so is who is charged with their work.
    """
    (folder / "model.tflite").write_bytes(data)
    plan, rows, executed = trace_model(folder / "model.tflite", folder, "lx6", memory)
    counts = by_layer(plan, rows, count(executed, load_core("lx6")))
    form = form_of(schedule_graph(parse_model(data), kernels="lx6"), memory or Memory(), 1)
    streams, schedule = form.streams, form.schedule
    found, total, charged = [], Counter[str](), False
    for index, (layer, row) in enumerate(zip(streams.layers, counts["layers"], strict=True)):
        times = {cost.CHECK: float(checks_of(index, streams, schedule))}
        columns = layer.style.columns(layer, streams.tensors)
        times |= cost.rounds(layer, streams.tensors, reads_of(index, streams, schedule), columns)
        total.update(times)
        charged = charged or (layer.style.counts_input and index > 0)
        found.append(Observed(layer.name, times, row["cycles"]))
    whole = Observed("whole network", dict(total), counts["cycles_per_inference"])
    return [whole] if charged else [*found, whole]
