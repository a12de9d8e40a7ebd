"""What the studio says of other widths and sizes before anything is trained: RAM, flash and predicted latency.

    python tools/measure_networks.py     # writes tinyml/studio/networks.json; a minute or two a network

Each network is built with random weights for three classes of objects, converted and compiled as a run of it would be:
its bytes and its multiply-accumulates depend on its shape alone.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.untrained_run import write_untrained_run  # noqa: E402

from tinyml.boards import board_names, load_board  # noqa: E402
from tinyml.boards.budget import application_bytes, budget, planned_bytes  # noqa: E402
from tinyml.compiler.ops.base import COPIED  # noqa: E402
from tinyml.compiler.pipeline import compile_model  # noqa: E402
from tinyml.conversion.convert import convert  # noqa: E402
from tinyml.device.latency import predict  # noqa: E402
from tinyml.device.memory import PLACES, memory_of  # noqa: E402

CLASSES = ["one", "two", "three"]
WIDTHS, SIZES = (1.0, 0.5, 0.35), (64, 96, 128)
REMARK = (
    "for three classes of objects; latency is predicted from the compiled C, not measured. "
    "Other numbers of classes change little"
)


def measure(width: float, size: int) -> dict[str, Any]:
    """Return the figures of one network."""
    import numpy as np

    from tinyml.vision.onnx import export_onnx

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = write_untrained_run(
            folder / "run",
            task="detect",
            classes=CLASSES,
            width=width,
            size=size,
            weights="none",
        )
        export_onnx(run, folder / "model.onnx")
        noise = np.random.default_rng(0).integers(0, 256, (8, size, size, 3), dtype=np.uint8)
        model = convert(folder / "model.onnx", noise, [0.5] * 3, [0.5] * 3, folder)["int8"]
        boards, found = {}, {}
        for name in board_names():
            board = load_board(name)
            if board.emulated:
                continue
            input_bytes = 3 * size * size
            plan = compile_model(
                model,
                folder,
                input_mode="rows",
                kernels=board.compiler["kernels"],
                workers=board.compiler["workers"],
                memory=memory_of(board, input_bytes),
            )
            placed = plan["constants_bytes"]
            sizes = {
                "arena_bytes": plan["ram_bytes"] + placed.get(COPIED, 0),
                "constants_bytes": plan["weights_bytes"],
                "code_bytes": application_bytes(input_bytes, len(plan["layers"])),
                **{f"{PLACES[place]}_bytes": count for place, count in placed.items() if place in PLACES},
            }
            fits = budget(board, planned_bytes(board, **sizes, input_bytes=input_bytes), "plan")["ok"]
            predicted = predict(board, plan)
            latency = predicted["cores"][-1]["latency_us"] if predicted else None
            boards[name] = {"ok": fits, "latency_us": latency and round(latency)}
            if name == "esp32cam":
                found = {key: plan[key] for key in ("macs", "ram_bytes", "weights_bytes")}
        return {**found, "latency_us": boards["esp32cam"]["latency_us"], "boards": boards}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "tinyml" / "studio" / "networks.json")
    out = parser.parse_args().out
    rows = []
    for width, size in ((width, size) for width in WIDTHS for size in SIZES):
        print(f"width {width}, {size} pixels", flush=True)
        rows.append({"width": width, "size": size, **measure(width, size)})
    out.write_text(json.dumps({"remark": REMARK, "networks": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
