#!/usr/bin/env python3
"""Feed damaged .tflite files to the compiler: only ModelError may come out, in 2 seconds (of CPU time) and 500 MB each.

    tools/fuzz_tflite.py                       20,000 files, on all cores
    tools/fuzz_tflite.py --seed 7 --only 1234  the one that failed, with its traceback

Each file is made from a seed and its number alone. See tests/support/damaged_tflite.py.
"""

import argparse
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

from support.damaged_tflite import mutant  # noqa: E402

from tinyml.compiler.emit.source import source_of  # noqa: E402
from tinyml.compiler.pipeline import compile_bytes  # noqa: E402
from tinyml.errors import ModelError  # noqa: E402

SECONDS, BYTES = 2.0, 500 << 20


class TooSlow(BaseException):
    """Raised by the alarm; no `except Exception` may swallow it."""


def alarm(*_: Any) -> None:
    raise TooSlow


def judge(seed: int, number: int) -> tuple[str, str]:
    """Compile one damaged file; return ("compiled" | "refused" | "FAILED", what happened)."""
    data = mutant(seed, number)
    virtual_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (virtual_bytes + BYTES, resource.RLIM_INFINITY))
    signal.signal(signal.SIGPROF, alarm)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        compiled = compile_bytes(data, input_mode="rows" if number % 2 else "frame")
        source_of("model", compiled.streams, compiled.schedule, workers=1)
        return "compiled", ""
    except ModelError as error:
        return "refused", "" if error.cure else f"no cure: {error.what}"
    except BaseException as error:
        kind = (
            "over 2 s"
            if isinstance(error, TooSlow)
            else "over 500 MB"
            if isinstance(error, MemoryError)
            else ""
        )
        frames = traceback.format_exc(limit=-4)
        return "FAILED", f"{number}: {kind or type(error).__name__}\n{frames}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def judge_pair(pair: tuple[int, int]) -> tuple[str, str]:
    return judge(*pair)


def main() -> int:
    """Run the fuzzer; exit status 1 where a file failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000, help="number of damaged files")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other files")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--only", type=int, help="run this one file, and keep it")
    options = parser.parse_args()
    if options.only is not None:
        path = Path(tempfile.gettempdir()) / f"mutant-{options.seed}-{options.only}.tflite"
        path.write_bytes(mutant(options.seed, options.only))
        print(path, *judge(options.seed, options.only), sep="\n")
        return 0
    start = time.monotonic()
    counts = {"compiled": 0, "refused": 0, "FAILED": 0}
    pairs = ((options.seed, number) for number in range(options.count))
    with multiprocessing.Pool(options.jobs) as pool:
        for verdict, message in pool.imap_unordered(judge_pair, pairs, chunksize=20):
            counts[verdict] += 1
            if message:
                print(message, flush=True)
    print(
        f"seed {options.seed}: {options.count:,} damaged files in {time.monotonic() - start:.0f} s: {counts}"
    )
    return 1 if counts["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
