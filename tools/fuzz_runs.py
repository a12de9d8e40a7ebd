#!/usr/bin/env python
"""Damage the files of runs and read them with the commands that do: a damaged file is read or refused, nothing else.

    tools/fuzz_runs.py --count 2000 --seed 1

Prints the seed, how many damaged runs were read and how many were refused, and each traceback with the seed that makes it again.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support import rounds  # noqa: E402
from support.damaged_runs import Runs, read_damaged  # noqa: E402

if __name__ == "__main__":
    rounds.main(__doc__, "damaged runs", 500, Runs, read_damaged)
