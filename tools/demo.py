#!/usr/bin/env python3
"""`make demo`: the main job from end to end, with the commands that a person would type.

Trains on the embedded drawn pictures, exports for the ESP32-CAM, looks at one picture, writes the report, and where
the tools are there lets an emulated ESP32 answer over its serial line.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from tinyml.processes import run

RUN, BOARD, EMULATED = "demo", "esp32cam", "esp32_emulated"
EMULATED_PICTURES = 3
ROOT = Path(__file__).parent.parent
console = Console(highlight=False)


def tinyml(*arguments: str, reads: bool = False) -> Any:
    """Run a command of tinyml and show it; with `reads` return what it says as JSON instead of showing either.

    The command ends with the demo, however that ends. Ends the demo with the command's exit code where it fails.
    """
    command = [sys.executable, "-m", "tinyml.cli", *arguments]
    if not reads:
        console.print(f"[bold cyan]$[/] tinyml {escape(shlex.join(arguments))}\n", soft_wrap=True)
    # The demo is about the embedded pictures, whatever else is on this computer.
    environment = {key: value for key, value in os.environ.items() if key != "TINYML_DATA"}
    stdout = subprocess.PIPE if reads else None
    done = run(command + ["--json"] * reads, cwd=ROOT, env=environment, stdout=stdout, stderr=None)
    if reads:
        return json.loads(done.stdout)
    if done.returncode:
        console.print(f"\n[bold red]the demo stops here[/] (exit code {done.returncode})")
        sys.exit(done.returncode)
    return None


def heading(title: str) -> None:
    """Begin a step."""
    console.print()
    console.rule(f"[bold]{escape(title)}", align="left")
    console.print()


def crowded_picture(folder: Path) -> str:
    """Return the test picture of a run with the most fruit in it."""
    pictures = json.loads((folder / "predictions.json").read_text())["pictures"]
    return str(max(pictures, key=lambda row: len(row["boxes"]))["file"])


def main() -> None:
    """Do it all; about six minutes on two cores."""
    started = time.monotonic()
    folder = Path(os.environ.get("TINYML_RUNS", "runs")) / RUN
    heading("1. Train: where is which fruit?")
    tinyml("train", "fruit", "--name", RUN, "--config", "tools/demo.toml", "--overwrite")
    heading("2. Export: ONNX, TFLite, C; accuracy at every stage; does it fit the board?")
    tinyml("export", RUN, "--target", BOARD)
    heading("3. Predict: one test picture, by the C that was just generated")
    picture = crowded_picture(ROOT / folder)
    tinyml("predict", RUN, picture, "--stage", "c_host", "--target", BOARD)
    heading("4. Emulate: the same firmware on an emulated ESP32, over its serial line")
    missing = [
        finding
        for finding in tinyml("doctor", reads=True)["findings"]
        if finding["what"] == "emulated ESP32" and finding["state"] != "ok"
    ]
    if missing:
        console.print(f"left out: {missing[0]['detail']} not found; {missing[0]['cure']}")
    else:
        options = ["--mode", "both", "--compare", "--limit", str(EMULATED_PICTURES), "--windows", "1"]
        tinyml("benchmark", RUN, "--emulate", EMULATED, *options)
    heading("5. Report")
    tinyml("report", RUN)
    heading("Done")
    export = folder / "export" / BOARD
    for what, path in {
        "the picture with its fruit": folder / "predicted" / f"{Path(picture).stem}.png",
        "the report, for a browser": folder / "report.html",
        "the model as a C array": export / "model_data.c",
        "the model as compiled C": export / "model.c",
    }.items():
        console.print(f"{what:<27} [bold]{escape(str(path))}[/]", soft_wrap=True)
    console.print(f"\n{(time.monotonic() - started) / 60:.1f} minutes, without the installation")
    console.print("on your own pictures: [bold]tinyml train FOLDER[/], see README.md")


if __name__ == "__main__":
    main()
