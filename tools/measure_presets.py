#!/usr/bin/env python3
"""Train the presets over several seeds and write what each costs and finds into tinyml/vision/presets.json.

    tools/measure_presets.py --data DIR --weights FILE [--presets fast ...] [--labels original audited] [--seeds 0 1 2]

DIR holds the real fruit set, FILE ImageNet's weights at width 1.0. A preset is trained with each kind of labels and judged by the
same kind; runs and exports that exist are not made again, so a broken-off measurement goes on where it was. F1 is of the 60
test pictures, float and int8. What a preset costs on one board of each chip is estimated each time; `--costs` does this alone, in a
few seconds, and is to be run again where the compiler or its kernels have changed.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tinyml.boards import load_board
from tinyml.files import read_json, write_json, write_text
from tinyml.vision.complexity import complexity
from tinyml.vision.presets import MEASURED, load_preset, load_presets
from tinyml.workflow.estimate import estimate_config
from tinyml.workflow.run import Run

BOARDS = ("esp32cam", "xiao_esp32s3_sense")  # the first also judges every test picture
CLASSES = ["apple", "banana", "orange"]


def tinyml(*arguments: str) -> None:
    """Run a command of tinyml; an export that does not fit its board (exit code 3) is a result."""
    print("$ tinyml", *arguments, flush=True)
    done = subprocess.run([sys.executable, "-m", "tinyml.cli", *arguments], stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 3):
        raise SystemExit(f"tinyml {arguments[0]} ended with {done.returncode}")


def trained(folder: Path, *options: str) -> Run:
    """Return a run that is trained where it has not been yet."""
    if not (folder / "metrics.json").is_file():
        tinyml("train", "fruit", "--task", "detect", *options, "--out", str(folder))
    return Run(folder)


def costs(preset: str) -> dict[str, Any]:
    """Return what a preset costs: parameters, multiply-accumulates, and of each chip what its board needs."""
    config = load_preset(preset).config
    config.classes = CLASSES
    counted = complexity(config)
    chips = {}
    for name in BOARDS:
        cost = estimate_config(config, name)
        chips[load_board(name).extends] = {
            "board": name,
            "ram_bytes": cost.ram_bytes,
            "flash_bytes": cost.constants_bytes,
            "fits": cost.fits,
            "latency_us": [round(row["latency_us"]) for row in cost.predicted["cores"]]
            if cost.predicted
            else None,
        }
    return {"parameters": counted.parameters, "macs": counted.macs, "chips": chips}


def found(run: Run, labels: str) -> dict[str, float]:
    """Return F1 of the float and the int8 network on the test pictures, by `labels`."""
    if not run.export(BOARDS[0]).fresh:
        tinyml("export", str(run.folder), "--target", BOARDS[0], "--precision", "int8", "--pictures", "0")
    stages = run.export(BOARDS[0]).accuracy["stages"]
    kind = {"original": lambda row: row["f1"], "audited": lambda row: row["audited"]["f1"]}[labels]
    return {"float": kind(stages["float"]), "int8": kind(stages["tflite_int8"])}


def main() -> None:
    """Measure, write the file, and print a line for each preset and kind of labels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [preset.name for preset in load_presets()]
    parser.add_argument("--data", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--presets", nargs="+", choices=names, default=names)
    parser.add_argument(
        "--labels", nargs="+", choices=("original", "audited"), default=["original", "audited"]
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--runs", type=Path, default=Path("runs/presets"))
    options = parser.parse_args()
    if not options.costs and not (options.data and options.weights):
        parser.error("--data and --weights are needed to train")
    measured = read_json(MEASURED) if MEASURED.is_file() else {"presets": {}}
    kept = measured["presets"]
    for preset in options.presets:
        common = ["--preset", preset, "--data", str(options.data)]
        row = kept.setdefault(preset, {"f1": {}})
        row |= costs(preset)
        for labels in () if options.costs else options.labels:
            scores = []
            for seed in options.seeds:
                own = ["--weights", str(options.weights), "--labels", labels, "--seed", str(seed)]
                run = trained(options.runs / f"{preset}-{labels}-seed{seed}", *common, *own)
                scores.append({"seed": seed, **found(run, labels)})
            row["f1"][labels] = {
                "mean": round(statistics.mean(score["float"] for score in scores), 4),
                "int8_mean": round(statistics.mean(score["int8"] for score in scores), 4),
                "seeds": scores,
            }
        measured["presets"] = {name: kept[name] for name in names if name in kept}
        if options.costs:  # the provenance stays that of the F1
            write_text(MEASURED, json.dumps(measured, indent=2) + "\n")
        else:
            write_json(MEASURED, {"presets": measured["presets"]})
        print(preset, json.dumps({labels: one["mean"] for labels, one in row["f1"].items()}), flush=True)


if __name__ == "__main__":
    main()
