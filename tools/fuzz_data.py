#!/usr/bin/env python
"""Damage annotation files, archives and pictures of small data sets, and read each: it is read or refused, nothing else.

    tools/fuzz_data.py --count 20000 --seed 1

Prints the seed, how many mutated sets were read and how many were refused, and each traceback with the seed that makes it again.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support import rounds  # noqa: E402
from support.damaged_data import Corpus, read_damaged  # noqa: E402


def prepare(folder: Path) -> Corpus:
    """Return the whole data sets; what reading them caches stays in `folder`."""
    os.environ["TINYML_CACHE"] = str(folder / "cache")
    return Corpus(folder)


if __name__ == "__main__":
    rounds.main(__doc__, "mutated data sets", 2000, prepare, read_damaged)
