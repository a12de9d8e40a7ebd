#!/usr/bin/env python3
"""Train the documented set-ups over several seeds and print the table of docs/training.md.

    tools/measure_accuracy.py --data DIR --weights DIR [--rows classify detect ...] [--seeds 5]

DIR of `--data` holds the real fruit set, DIR of `--weights` the ImageNet weights. Each training is the command that
is shown, with default settings; the test pictures are looked at once, at its end. Runs that exist are not trained
again, so a broken-off measurement goes on where it was. The teacher of "detect-0.35-taught" is the run of row "detect".
"edge-impulse" trains as Edge Impulse's documentation says; its second line is that network with the decoding of the same
documentation: cells of one class over 0.5 that touch are one object.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import ndimage

from tinyml.data import load_run_dataset
from tinyml.inference.centroids import Centroid
from tinyml.inference.metrics import match
from tinyml.paths import RunFiles
from tinyml.vision.checkpoint import load_run
from tinyml.vision.config import read_config
from tinyml.vision.pictures import decode
from tinyml.vision.predict import probabilities

FULL = "{weights}/mobilenet_v2_1.0_imagenet_bnfolded.pth"
SLIM = "{weights}/mobilenet_v2_0.35_128_no_top_imagenet.npz"
TEACHER = "{runs}/detect-seed{seed}"
ROWS: dict[str, list[str]] = {
    "classify": ["--task", "classify", "--weights", FULL],
    "detect": ["--task", "detect", "--weights", FULL],
    "detect-0.35": ["--task", "detect", "--width", "0.35", "--weights", SLIM],
    "detect-0.35-taught": ["--task", "detect", "--width", "0.35", "--weights", SLIM, "--teacher", TEACHER],
    "classify-random": ["--task", "classify", "--weights", "none"],
    "edge-impulse": ["--config", str(Path(__file__).with_name("edge_impulse.toml")), "--weights", SLIM],
}
CONNECTED = "edge-impulse"  # the row that is also judged by connected cells


def measure(row: str, seed: int, data: Path, weights: Path, runs: Path) -> dict[str, float]:
    """Return the test score and the seconds of one training, which is run where it has not been yet."""
    folder = runs / f"{row}-seed{seed}"
    if not (folder / "metrics.json").is_file():
        options = [option.format(weights=weights, runs=runs, seed=seed) for option in ROWS[row]]
        command = [
            "tinyml",
            "train",
            "fruit",
            "--data",
            str(data),
            *options,
            "--seed",
            str(seed),
            "--out",
            str(folder),
        ]
        print("$", shlex.join(command), flush=True)
        subprocess.run(
            [sys.executable, "-m", "tinyml.cli", *command[1:]], check=True, stdout=subprocess.DEVNULL
        )
    metrics = json.loads((folder / "metrics.json").read_text())
    score = metrics["test"]["accuracy" if "accuracy" in metrics["test"] else "f1"]
    return {"score": score, "seconds": metrics["train_seconds"], "threads": metrics["threads"]}


def connected_f1(folder: Path) -> float:
    """Return a detector's F1 on the test pictures where cells of a class over 0.5 that touch, also at corners, are one object."""
    config = read_config(RunFiles(folder).config)
    dataset = load_run_dataset(
        folder, config.dataset, config.data or None, task="detect", classes=config.classes
    )
    (pictures,) = decode(dataset.test, config, config.size)
    right, objects, boxes = 0, 0, 0
    for cells, sample in zip(probabilities(load_run(folder), pictures, config), dataset.test, strict=True):
        found = []
        for label in range(len(config.classes)):
            scores = cells[..., 1 + label]
            regions, count = ndimage.label(scores >= 0.5, structure=np.ones((3, 3)))
            for region in range(1, count + 1):
                rows, columns = np.nonzero(regions == region)
                best = round(256 * float(scores[rows, columns].max()))
                x, y = (round(256 * (float(axis.mean()) + 0.5)) for axis in (columns, rows))
                found.append(Centroid(label, x, y, best, len(rows)))
        matches, _ = match(found, sample.boxes, cells.shape[:2])
        right += sum(box is not None for box in matches)
        objects, boxes = objects + len(found), boxes + len(sample.boxes)
    return 2 * right / max(objects + boxes, 1)


def main() -> None:
    """Measure the rows and print one line each: mean, each seed, seconds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=Path, default=Path("runs/measure"))
    options = parser.parse_args()
    for row in options.rows:
        found = [
            measure(row, seed, options.data, options.weights, options.runs) for seed in range(options.seeds)
        ]
        seconds = max(one["seconds"] for one in found)
        print(f"{summary(row, [one['score'] for one in found])}  at most {seconds:.0f} s a training")
        if row == CONNECTED:
            folders = (options.runs / f"{row}-seed{seed}" for seed in range(options.seeds))
            print(summary("connected cells", [connected_f1(folder) for folder in folders]))


def summary(what: str, scores: Sequence[float]) -> str:
    """Return the line of a row: its mean and each seed's score."""
    each = " ".join(f"{score:.3f}" for score in scores)
    return f"{what:<18} mean {statistics.mean(scores):.3f}  seeds {each}"


if __name__ == "__main__":
    main()
