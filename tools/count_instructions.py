"""Count the instructions of a compiled model on an emulated board, layer by layer.

    python tools/count_instructions.py model.tflite --board esp32_emulated --kernels lx6 --out counts.json

Instructions are not time: they say how much work the code is, not how long a chip takes over it. For the cycles of an
ESP32 see tools/count_cycles.py.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.measured_model import build_measured  # noqa: E402

from tinyml.boards import load_board  # noqa: E402
from tinyml.device import emulator  # noqa: E402
from tinyml.errors import TinymlError  # noqa: E402
from tinyml.files import write_json  # noqa: E402

PROGRAM = """
static uint64_t layer_instructions[MODEL_LAYERS], layer_bytes[MODEL_LAYERS], started;

/* One interval's instructions, exact: a reading is off by less than a tick, an instruction is several. A sum of
   intervals would not be. */
static uint64_t instructions_since(uint64_t begin) {
  const uint64_t per_second = (uint64_t)hal_tick_hz << 7; /* emulated boards run with -icount shift=7 */
  return ((hal_ticks() - begin) * 1000000000u + per_second / 2) / per_second;
}

/* What passed since the last row was done went into this one. */
static void trace(void *user, int layer, int row, const int8_t *data, int bytes) {
  (void)user, (void)row, (void)data;
  layer_instructions[layer] += instructions_since(started);
  layer_bytes[layer] += (uint64_t)bytes;
  started = hal_ticks();
}

int main(void) {
  if (model_init(&m, arena, sizeof arena) != TM_OK) hal_exit(1);
  fill();
  uint64_t begin = hal_ticks();
  if (model_run(&m) != TM_DONE) hal_exit(2);
  say(instructions_since(begin));
  m.trace = trace;
  fill();
  started = hal_ticks();
  if (model_run(&m) != TM_DONE) hal_exit(3);
  for (int i = 0; i < MODEL_LAYERS; i++) {
    say(layer_instructions[i]);
    say(layer_bytes[i]);
  }
  uint32_t sum = 0;
  for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) sum = sum * 31 + (uint8_t)model_output(&m)[i];
  say(sum);
  return 0;
}
"""


def count(path: Path, board_name: str, kernels: str, folder: Path) -> dict[str, Any]:
    """Return instructions and multiply-accumulates of one inference, in all and of each layer."""
    board = load_board(board_name)
    plan, program = build_measured(path, folder, board, kernels, PROGRAM)
    numbers = [int(line) for line in emulator.run(board, program, timeout_s=1800).split()]
    instructions, per_layer, output_sum = numbers[0], numbers[1:-1], numbers[-1]
    layers = [
        {
            "name": layer["name"],
            "macs": layer["macs"],
            "outputs": outputs,
            "instructions": executed,
        }
        for layer, executed, outputs in zip(plan["layers"], per_layer[::2], per_layer[1::2], strict=True)
    ]
    return {
        "board": board_name,
        "kernels": kernels,
        "instructions_per_inference": instructions,
        "macs": plan["macs"],
        "instructions_per_mac": instructions / plan["macs"],
        "arena_bytes": plan["arena_bytes"],
        "output_checksum": output_sum,
        "layers": layers,
    }


def table(counts: dict[str, Any]) -> str:
    """Return the counts as text, a layer a line."""
    lines = [f"{'layer':<24}{'outputs':>10}{'MACs':>12}{'instructions':>14}{'/MAC':>8}{'/output':>9}"]
    for layer in counts["layers"]:
        per_mac = f"{layer['instructions'] / layer['macs']:.2f}" if layer["macs"] else "-"
        lines.append(
            f"{layer['name']:<24}{layer['outputs']:>10,}{layer['macs']:>12,}{layer['instructions']:>14,}{per_mac:>8}"
            f"{layer['instructions'] / layer['outputs']:>9.1f}"
        )
    lines.append(
        f"{'all':<24}{'':>10}{counts['macs']:>12,}{counts['instructions_per_inference']:>14,}"
        f"{counts['instructions_per_mac']:>8.3f}"
    )
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, count, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--board", default="esp32_emulated")
    parser.add_argument("--kernels", help="default: the board's")
    parser.add_argument("--out", type=Path, help="write the counts as JSON")
    parser.add_argument("--folder", type=Path, help="build here and keep it")
    arguments = parser.parse_args()
    try:
        kernels = arguments.kernels or load_board(arguments.board).compiler["kernels"]
        with tempfile.TemporaryDirectory() as temporary:
            folder = (arguments.folder or Path(temporary)).resolve()
            counts = count(arguments.model, arguments.board, kernels, folder)
        print(table(counts))
        print(f"output checksum {counts['output_checksum']:08x}")
        if arguments.out:
            write_json(arguments.out, counts, inputs={"model": arguments.model})
    except TinymlError as error:
        sys.exit(f"{error.what}\n{error.cure}")


if __name__ == "__main__":
    main()
