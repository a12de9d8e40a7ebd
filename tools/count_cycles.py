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

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.traced_model import by_layer, trace_model  # noqa: E402

from tinyml.boards import load_board  # noqa: E402
from tinyml.device import trace  # noqa: E402
from tinyml.device.cycles import Counted, count, load_core  # noqa: E402
from tinyml.errors import TinymlError  # noqa: E402
from tinyml.files import write_json  # noqa: E402


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
