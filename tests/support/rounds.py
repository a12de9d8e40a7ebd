"""Rounds of reading what was damaged by a seed: the command line that the tools of this kind share."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Corpus = TypeVar("Corpus")


def main(
    about: str,
    what: str,
    count: int,
    prepare: Callable[[Path], Corpus],
    read: Callable[[Corpus, int], tuple[str, str]],
) -> None:
    """Run the rounds of a tool and say what came of them; exits with 1 if something else than a message came out.

    `about`: the tool's docstring. `what`: what is damaged, `count` of them unless told. `prepare` makes the whole ones in a
    folder; `read` damages one by a seed, reads it and returns ("read" | "refused" | "failed", what was told).
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=count, help=what)
    parser.add_argument("--seed", type=int, default=1, help="of the first; each next one has the next seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = prepare(Path(folder))
        counts = {"read": 0, "refused": 0, "failed": 0}
        for seed in range(options.seed, options.seed + options.count):
            outcome, told = read(corpus, seed)
            counts[outcome] += 1
            if outcome == "failed":
                print(f"seed {seed}: {told}", flush=True)
    print(f"seeds {options.seed} to {options.seed + options.count - 1}: {counts}")
    sys.exit(bool(counts["failed"]))
