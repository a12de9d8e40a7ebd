"""Compare the predicted cycles of two builds, layer by layer; fail where a layer has grown.

    python tools/compare_cycles.py before.json after.json            two files of tools/count_cycles.py
    python tools/compare_cycles.py main HEAD --model model.tflite    two commits, counted here and now

The second form unpacks both commits into temporary folders and counts each with its own compiler, kernels and platform.
Instructions are printed beside; where one side has nothing else (tools/count_instructions.py, other boards than the
ESP32), they are what is compared.
Exit status: 0 where no layer grew by more than --percent (2), 1 where one did, 2 where they cannot be compared.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


UNITS = ("cycles", "instructions")


def has(counts: dict[str, Any], unit: str) -> bool:
    """Return whether counts tell a unit."""
    return f"{unit}_per_inference" in counts


def layers_of(counts: dict[str, Any], unit: str) -> dict[str, int]:
    """Return the cycles or instructions of each layer and of `all`; reads benchmark.json as well."""
    return {layer["name"]: layer[unit] for layer in counts["layers"]} | {
        "all": counts[f"{unit}_per_inference"]
    }


def compare(before: dict[str, int], after: dict[str, int], percent: float) -> tuple[list[str], list[str]]:
    """Return a line for each layer, and the names of those that grew by more than `percent`."""
    lines, grown = [], []
    for name, new in after.items():
        old = before[name]
        change = 100 * (new - old) / old if old else 0.0
        if change > percent:
            grown.append(name)
        lines.append(
            f"{name:<24}{old:>14,}{new:>14,}{change:>+9.2f} %{'  grown' if change > percent else ''}"
        )
    return lines, grown


def count_commit(commit: str, model: Path, board: str, folder: Path) -> dict[str, Any]:
    """Count `model` with the code of `commit`, unpacked into `folder`; raises CalledProcessError where that fails."""
    archive = folder / "tree.zip"
    subprocess.run(["git", "-C", str(ROOT), "archive", "--output", str(archive), commit], check=True)
    tree, out = folder / "tree", folder / "counts.json"
    shutil.unpack_archive(archive, tree)
    command = [sys.executable, "tools/count_instructions.py", str(model.resolve()), "--board", board]
    if board == "esp32_emulated" and (tree / "tools" / "count_cycles.py").exists():
        command = [sys.executable, "tools/count_cycles.py", str(model.resolve())]
    # PYTHONPATH puts the commit's own package before the installed one.
    subprocess.run(
        [*command, "--out", str(out)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return json.loads(out.read_text())


def main() -> None:
    """Read or count both, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", help="a JSON file or a commit")
    parser.add_argument("after", help="a JSON file or a commit")
    parser.add_argument("--model", type=Path, help="for commits: the .tflite to count")
    parser.add_argument("--board", default="esp32_emulated")
    parser.add_argument("--percent", type=float, default=2.0, help="growth of a layer that is let pass")
    arguments = parser.parse_args()
    sides = []
    for side in (arguments.before, arguments.after):
        if Path(side).is_file():
            sides.append(json.loads(Path(side).read_text()))
        elif arguments.model is None:
            parser.error(f"{side} is no file; comparing commits needs --model")
        else:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    sides.append(count_commit(side, arguments.model, arguments.board, Path(folder)))
                except subprocess.CalledProcessError as error:
                    print(
                        f"{side} cannot be counted: {' '.join(error.cmd[:4])} ended with {error.returncode}"
                    )
                    sys.exit(2)
    units = [unit for unit in UNITS if all(has(side, unit) for side in sides)]
    if not units:
        print("one side has cycles, the other instructions")
        sys.exit(2)
    grown: list[str] = []
    for unit in reversed(units):  # the one that decides comes last
        before, after = (layers_of(side, unit) for side in sides)
        if before.keys() != after.keys():
            print("the layers differ: ", *sorted(before.keys() ^ after.keys()))
            sys.exit(2)
        lines, grown = compare(before, after, arguments.percent)
        print(f"{unit:<24}{'before':>14}{'after':>14}{'change':>11}", *lines, sep="\n")
    if grown:
        print(f"{len(grown)} grown by more than {arguments.percent:g} %: {', '.join(grown)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
