#!/usr/bin/env python3
"""Train the documented set-ups over several seeds and print the table of docs/training.md.

    tools/measure_accuracy.py --data DIR --weights DIR [--rows classify detect ...] [--seeds 5]

DIR of `--data` holds the real fruit set, DIR of `--weights` the ImageNet weights. Each training is the command that
is shown, with default settings; the test pictures are looked at once, at its end. Runs that exist are not trained
again, so a broken-off measurement goes on where it was. The teacher of "detect-0.35-taught" is the run of row "detect".
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

FULL = "{weights}/mobilenet_v2_1.0_imagenet_bnfolded.pth"
SLIM = "{weights}/mobilenet_v2_0.35_128_no_top_imagenet.npz"
TEACHER = "{runs}/detect-seed{seed}"
ROWS: dict[str, list[str]] = {
    "classify": ["--task", "classify", "--weights", FULL],
    "detect": ["--task", "detect", "--weights", FULL],
    "detect-0.35": ["--task", "detect", "--width", "0.35", "--weights", SLIM],
    "detect-0.35-taught": ["--task", "detect", "--width", "0.35", "--weights", SLIM, "--teacher", TEACHER],
    "classify-random": ["--task", "classify", "--weights", "none"],
}


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
        scores = [one["score"] for one in found]
        each = " ".join(f"{score:.3f}" for score in scores)
        seconds = max(one["seconds"] for one in found)
        print(
            f"{row:<16} mean {statistics.mean(scores):.3f}  seeds {each}  at most {seconds:.0f} s a training"
        )


if __name__ == "__main__":
    main()
