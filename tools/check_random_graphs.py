#!/usr/bin/env python3
"""Hold random graphs over all operators to TFLite-Micro, byte for byte, built with the sanitizers.

    tools/check_random_graphs.py --count 1000 --seed 1

Each is compiled for whole inputs and for rows, one of the two for two workers. A graph that fails is shrunk and printed;
one at which TFLite-Micro ends its process is left out.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hypothesis import HealthCheck, given, seed, settings  # noqa: E402
from support.graph_check import check  # noqa: E402
from support.random_graphs import RandomGraph, graphs  # noqa: E402


def main() -> int:
    """Run them; exit status 1 where one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="number of graphs")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other graphs")
    options = parser.parse_args()
    start, done = time.monotonic(), 0

    @seed(options.seed)
    @settings(
        max_examples=options.count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(graph=graphs)
    def checked(graph: RandomGraph) -> None:
        nonlocal done
        check(graph)
        done += 1
        if done % 50 == 0:
            print(f"{done:,} graphs in {time.monotonic() - start:.0f} s", flush=True)

    checked()
    print(f"seed {options.seed}: {done:,} random graphs give the bytes of TFLite-Micro")
    return 0


if __name__ == "__main__":
    sys.exit(main())
