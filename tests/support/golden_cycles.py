"""The predicted cycles of every layer of the seed network on the emulated ESP32, as they were when last looked at.

    python tests/support/golden_cycles.py     counts again, prints what changed and writes tests/cases/cycles.json

Commit the file together with the change that explains the difference. Beside the cycles stand the instructions.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from support.scripts import tool
from support.seed_network import seed_network
from support.traced_model import by_layer, trace_model
from tinyml.device.cycles import count, load_core

GOLDEN = Path(__file__).parent.parent / "cases" / "cycles.json"
WIDTHS = (1.0, 0.35)


def count_layers(width: float, folder: Path) -> dict[str, Any]:
    """Return the counts of each layer and of an inference, at 96x96x3 with the lx6 kernels."""
    model = folder / "model.tflite"
    model.write_bytes(seed_network(width))
    plan, rows, executed = trace_model(model, folder / "build", "lx6")
    counts = by_layer(plan, rows, count(executed, load_core("lx6")))
    keys = ("name", "instructions", "cycles")
    return {
        "instructions_per_inference": counts["instructions_per_inference"],
        "cycles_per_inference": counts["cycles_per_inference"],
        "layers": [{key: layer[key] for key in keys} for layer in counts["layers"]],
    }


def main() -> None:
    """Count all widths and write the file."""
    old = json.loads(GOLDEN.read_text()) if GOLDEN.is_file() else {}
    compare = tool("compare_cycles")
    new = {}
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            new[str(width)] = count_layers(width, Path(folder))
        if before := old.get(str(width)):
            sides = [compare.layers_of(counts, "cycles") for counts in (before, new[str(width)])]
            print(f"width {width}", *compare.compare(*sides, 2.0)[0], sep="\n")
    GOLDEN.write_text(json.dumps(new, indent=1) + "\n")


if __name__ == "__main__":
    main()
