#!/usr/bin/env python3
"""Run everything that looks for faults at length, one after the other, and print a table: what, how many, how it ended.

    tools/soak.py                    the whole, a night on two cores
    tools/soak.py --scale 0.01       a hundredth of it
    tools/soak.py --only runs        the rows with this word

Each row is another tool of this folder, or a command of tinyml on a run that was never trained; its log stays in --logs.
docs/reliability.md says what each search must show.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.seed_network import seed_network  # noqa: E402
from support.untrained_run import write_noise_run  # noqa: E402

TOOLS = ROOT / "tools"
TINYML = (sys.executable, "-m", "tinyml.cli")


@dataclass(frozen=True)
class Row:
    """One search for faults: `command` is given `option` and the count; the last line that it prints tells how it ended."""

    what: str
    count: int
    command: tuple[str, ...]
    option: str


def rows(work: Path, scale: float) -> list[Row]:
    """Return the searches, at `scale` of a night."""
    model, run, boards = work / "seed.tflite", work / "run", ("host", "esp32_emulated")
    emulated = tuple(
        (*TINYML, "benchmark", str(run), "--mode", "accuracy", "--emulate", board) for board in boards
    )
    tool = {path.stem: (sys.executable, str(path)) for path in TOOLS.glob("*.py")}
    return [
        Row("inputs of the firmware's protocol", 1_000_000, tool["fuzz_firmware"], "--runs"),
        Row("sessions with boards that lie", 10_000, tool["fuzz_device"], "--sessions"),
        Row("damaged .tflite files", 20_000, tool["fuzz_tflite"], "--count"),
        Row("random graphs of nearly all operators", 1_000, tool["check_random_graphs"], "--count"),
        Row("damaged annotations, archives, pictures", 20_000, tool["fuzz_data"], "--count"),
        Row("damaged runs", 20_000, tool["fuzz_runs"], "--count"),
        Row("inferences on this computer", 100_000, (*TINYML, "verify", str(model)), "--count"),
        *(
            Row(f"inferences on {board}", inferences(scale), command, "--limit")
            for board, command in zip(boards, emulated)
        ),
        Row("kills of commands", 200, tool["kill_commands"], "--kills"),
    ]


def inferences(scale: float) -> int:
    """Return how many pictures a board is asked for; each passes its serial line."""
    return max(2, round(10_000 * scale))


def search(row: Row, count: int, log: Path) -> tuple[bool, str, float]:
    """Run one search; returns whether it found nothing, the last line that it printed, and the minutes it took."""
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            [*row.command, row.option, str(count)],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=log.parent,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    return done.returncode == 0, lines[-1] if lines else "", (time.monotonic() - began) / 60


def main() -> int:
    """Run the searches and print the table; return 1 if one of them found a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="share of a night  [default: 1]")
    parser.add_argument("--only", default="", metavar="WORD", help="only the rows that name this")
    parser.add_argument("--logs", type=Path, default=ROOT / "build" / "soak", help="folder of the logs")
    options = parser.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)
    table = Table("search", "count", "minutes", "ended", "last line", title=f"soak, scale {options.scale:g}")
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "seed.tflite").write_bytes(seed_network(0.35))
        write_noise_run(work / "run", test_pictures=inferences(options.scale) // 2)
        for number, row in enumerate(one for one in rows(work, options.scale) if options.only in one.what):
            count = row.count if row.option == "--limit" else max(2, round(row.count * options.scale))
            whole, last, minutes = search(row, count, options.logs / f"{number}.log")
            faults += not whole
            table.add_row(
                row.what, f"{count:,}", f"{minutes:.1f}", "no fault" if whole else "FAULT", last[-90:]
            )
            print(f"{row.what}: {count:,}, {'no fault' if whole else 'FAULT'}", flush=True)
    Console().print(table)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
