#!/usr/bin/env python
"""Damage the files of runs and read them with the commands that do: a damaged file is read or refused, nothing else.

    tools/fuzz_runs.py --count 2000 --seed 1

Prints the seed, how many damaged runs were read and how many were refused, and each traceback with the seed that makes it again.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.damaged_runs import Runs, read_damaged  # noqa: E402


def main() -> None:
    """Run the rounds and say what came of them; exits with 1 if something else than a message came out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500, help="damaged runs")
    parser.add_argument("--seed", type=int, default=1, help="of the first; each next one has the next seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        counts = {"read": 0, "refused": 0, "failed": 0}
        for seed in range(options.seed, options.seed + options.count):
            outcome, told = read_damaged(runs, seed)
            counts[outcome] += 1
            if outcome == "failed":
                print(f"seed {seed}: {told}", flush=True)
    print(f"seeds {options.seed} to {options.seed + options.count - 1}: {counts}")
    sys.exit(bool(counts["failed"]))


if __name__ == "__main__":
    main()
