"""What the studio says of other widths and sizes before anything is trained: RAM, flash and predicted latency.

    python tools/measure_networks.py     # writes tinyml/studio/networks.json, in less than a minute

Each network is estimated as `tinyml estimate` does. To be run again where the compiler or its kernels have changed.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from tinyml.boards import board_names, load_board
from tinyml.studio.board_answers import FIRST_BOARD, NETWORKS
from tinyml.workflow.estimate import estimate

WIDTHS, SIZES = (1.0, 0.5, 0.35), (64, 96, 128)
REMARK = (
    "for three classes of objects; latency is predicted from the compiled C, not measured. "
    "Other numbers of classes change little"
)


def measure(width: float, size: int) -> dict[str, Any]:
    """Return the figures of one network: its bytes on the first board, and what each real board says of it."""
    costs = {
        board.name: estimate(board, width=width, size=size)
        for board in map(load_board, board_names())
        if not board.emulated
    }
    first = costs[FIRST_BOARD]
    return {
        "macs": first.plan["macs"],
        "ram_bytes": first.ram_bytes,
        "weights_bytes": first.constants_bytes,
        "boards": {
            name: {
                "ok": cost.fits,
                "latency_us": None if cost.latency_ms is None else round(1000 * cost.latency_ms),
            }
            for name, cost in costs.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=NETWORKS)
    out = parser.parse_args().out
    rows = []
    for width, size in ((width, size) for width in WIDTHS for size in SIZES):
        print(f"width {width}, {size} pixels", flush=True)
        rows.append({"width": width, "size": size, **measure(width, size)})
    out.write_text(json.dumps({"remark": REMARK, "networks": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
