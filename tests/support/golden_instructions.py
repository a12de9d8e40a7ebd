"""The instructions of every layer of the seed network on the emulated ESP32, as they were when last looked at.

    python tests/support/golden_instructions.py     counts again, prints what changed and writes tests/cases/instructions.json

Commit the file together with the change that explains the difference. Instructions are not time.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from support.scripts import tool
from support.seed_network import seed_network

GOLDEN = Path(__file__).parent.parent / "cases" / "instructions.json"
WIDTHS = (1.0, 0.35)


def count_layers(width: float, folder: Path) -> dict[str, int]:
    """Return the instructions of each layer and of `all`, at 96x96x3 with the lx6 kernels."""
    model = folder / "model.tflite"
    model.write_bytes(seed_network(width))
    counts = tool("count_instructions").count(model, "esp32_emulated", "lx6", folder / "build")
    layers: dict[str, int] = tool("compare_instructions").layers_of(counts)
    return layers


def main() -> None:
    """Count all widths and write the file."""
    old = json.loads(GOLDEN.read_text()) if GOLDEN.is_file() else {}
    new = {}
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            new[str(width)] = layers = count_layers(width, Path(folder))
        before = old.get(str(width), {})
        if before.keys() == layers.keys():
            print(f"width {width}", *tool("compare_instructions").compare(before, layers, 2.0)[0], sep="\n")
    GOLDEN.write_text(json.dumps(new, indent=1) + "\n")


if __name__ == "__main__":
    main()
