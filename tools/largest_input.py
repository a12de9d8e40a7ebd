"""The largest square RGB input whose arena and input a board holds, by width of the network that tinyml trains.

    python tools/largest_input.py [--board esp32cam] [--width 1.0 0.35]

Beside it what the board held when both were static data: what the core left of the region that the linker gives.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.seed_network import seed_network  # noqa: E402

from tinyml.boards import load_board  # noqa: E402
from tinyml.compiler.pipeline import compile_model  # noqa: E402

STEP = 8  # the network divides by it
CORE_STATIC_BYTES = (
    33_788  # of the vendor's core and the firmware without a model, from the vendor's own build
)


def needs(width: float, size: int, kernels: str, workers: int) -> int:
    """Return bytes of arena and input."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(seed_network(width, size, task="detect"))
        plan = compile_model(
            folder / "model.tflite", folder, input_mode="rows", kernels=kernels, workers=workers
        )
        return int(plan["arena_bytes"]) + size * size * 3


def main() -> None:
    """Print one line a width."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--board", default="esp32cam")
    parser.add_argument("--width", type=float, nargs="+", default=[1.0, 0.35])
    options = parser.parse_args()
    board = load_board(options.board)
    regions = {region.name: region for region in board.regions}
    rooms = {
        "static": regions["dram"].limit_bytes - CORE_STATIC_BYTES,
        "heap": board.region_for("arena").limit_bytes,
    }
    for width in options.width:
        fits = dict.fromkeys(rooms, (0, 0))
        size = 64
        while (needed := needs(width, size, board.compiler["kernels"], board.compiler["workers"])) <= max(
            rooms.values()
        ):
            for where, room in rooms.items():
                if needed <= room:
                    fits[where] = (size, needed)
            size += STEP
        words = "; ".join(f"{where}: {size} px, {needed:,} bytes" for where, (size, needed) in fits.items())
        print(f"width {width:g}: {words} (of {rooms['static']:,} and {rooms['heap']:,})")


if __name__ == "__main__":
    main()
