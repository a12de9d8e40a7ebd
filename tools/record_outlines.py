"""Record what the converter makes of thirty architectures, so that the estimate's graphs can be held to it in seconds.

    python tools/record_outlines.py         exports untrained networks, some 10 minutes; writes tests/cases/outlines.json

Run it where the network (tinyml/vision/model.py) or its conversion has changed.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.outlines import CASES, architectures, outline, settled  # noqa: E402
from support.untrained_run import write_untrained_run  # noqa: E402

from tinyml.compiler.frontend.reader import read_model  # noqa: E402
from tinyml.conversion.convert import convert  # noqa: E402
from tinyml.vision.onnx import export_onnx  # noqa: E402


def converted(settings: dict[str, Any], folder: Path) -> list[str]:
    """Return the outline of an architecture's int8 file, untrained."""
    config = settled(settings)
    table = {key: getattr(config, key) for key in [*settings, "classes"]}
    run = write_untrained_run(folder / "run", dataset="none", **table)
    export_onnx(run, folder / "model.onnx")
    shape = (8, config.size, config.size, config.channels)
    pictures = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    files = convert(folder / "model.onnx", pictures, [0.5] * config.channels, [0.5] * config.channels, folder)
    return outline(read_model(files["int8"]))


def main() -> None:
    """Convert every architecture; write their outlines."""
    rows = []
    for number, settings in enumerate(architectures(), 1):
        with tempfile.TemporaryDirectory() as temporary:
            rows.append({"settings": settings, "nodes": converted(settings, Path(temporary))})
        print(f"\r{number} architectures", end="", flush=True)
    print()
    text = ",\n".join(
        f' {{"settings": {json.dumps(row["settings"])},\n  "nodes": {json.dumps(row["nodes"])}}}'
        for row in rows
    )
    CASES.write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
