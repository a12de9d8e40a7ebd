#!/usr/bin/env python3
"""Run the tests again and again, each time in another order, beside processes that keep the computer busy.

    tools/repeat_tests.py                       ten times, beside two busy loops
    tools/repeat_tests.py --runs 3 --busy 0 tests/device
    tools/repeat_tests.py --runs 20 -m slow tests/firmware/test_protocol_runner.py

Prints how each run ended; a test that fails now and then is a fault to find. `pytest --random-order-seed` with the seed that
is printed gives that order again.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.serial_lines import busy_computer  # noqa: E402


def run(seed: int, workers: int, marked: str, paths: list[str]) -> tuple[bool, str]:
    """Run the tests in the order of `seed`; returns whether all passed, and what pytest said last."""
    order = ["--random-order", "--random-order-seed", str(seed)]
    command = [sys.executable, "-m", "pytest", "-n", str(workers), "-m", marked, *order, *paths]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    for line in lines if done.returncode else []:
        if line.startswith(("FAILED", "ERROR")):
            print(line, flush=True)
    return done.returncode == 0, lines[-1] if lines else "no test ran"


def main() -> int:
    """Run them; exit status 1 where one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--busy", type=int, default=2, help="busy loops beside the tests")
    parser.add_argument("--workers", type=int, default=2, help="of pytest-xdist")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first run; each next one has the next seed"
    )
    parser.add_argument(
        "-m", dest="marked", metavar="EXPRESSION", default="not slow", help="as pytest's  [default: not slow]"
    )
    parser.add_argument("paths", nargs="*", help="tests; all of them where none is named")
    options = parser.parse_args()
    failed = 0
    for seed in range(options.seed, options.seed + options.runs):
        began = time.monotonic()
        with busy_computer(options.busy):
            passed, said = run(seed, options.workers, options.marked, options.paths)
        failed += not passed
        minutes = (time.monotonic() - began) / 60
        print(f"seed {seed}: {'passed' if passed else 'FAILED'} in {minutes:.1f} min; {said}", flush=True)
    print(f"{options.runs - failed} of {options.runs} runs passed beside {options.busy} busy loops")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
