"""The largest square RGB input whose arena a board holds, by width of the network that tinyml trains.

    python tools/largest_input.py [--board esp32cam] [--width 1.0 0.35]

Where the board keeps the input beside the arena, both must fit.
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


def arena_of(width: float, size: int, kernels: str, workers: int) -> int:
    """Return bytes of arena, without strips."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(seed_network(width, size, task="detect"))
        plan = compile_model(
            folder / "model.tflite", folder, input_mode="rows", kernels=kernels, workers=workers
        )
        return int(plan["arena_bytes"])


def main() -> None:
    """Print one line a width."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--board", default="esp32cam")
    parser.add_argument("--width", type=float, nargs="+", default=[1.0, 0.35])
    options = parser.parse_args()
    board = load_board(options.board)
    room = board.region_for("arena")
    for width in options.width:
        size, fits = 64, (0, 0)
        while True:
            needed = arena_of(width, size, board.compiler["kernels"], board.compiler["workers"])
            if board.region_for("input") == room:
                needed += size * size * 3
            if needed > room.limit_bytes:
                break
            size, fits = size + STEP, (size, needed)
        print(f"width {width:g}: {fits[0]} px, {fits[1]:,} of {room.limit_bytes:,} bytes", flush=True)


if __name__ == "__main__":
    main()
