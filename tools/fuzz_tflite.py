#!/usr/bin/env python3
"""Feed damaged .tflite files to the compiler: only ModelError may come out, in 2 seconds (of CPU time) and 500 MB each.

    tools/fuzz_tflite.py                       20,000 files, on all cores
    tools/fuzz_tflite.py --seed 7 --only 1234  the one that failed, with its traceback

Each file is made from a seed and its number alone. The models that are damaged come from tests/support/random_networks.py and,
where it is there, from the folder mlperf-tiny of the real data.
"""

import argparse
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

from support.random_networks import HEADS, KINDS, Layer, Network  # noqa: E402

from tinyml.compiler.emit.source import source_of  # noqa: E402
from tinyml.compiler.pipeline import compile_bytes  # noqa: E402
from tinyml.errors import ModelError  # noqa: E402

SECONDS, BYTES = 2.0, 500 << 20
WORDS = [0, 1, 2, 3, 4, 127, 128, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF]


class TooSlow(BaseException):
    """Raised by the alarm; no `except Exception` may swallow it."""


@cache
def models() -> list[bytes]:
    """Return the intact models: every kind of layer and head in small networks, then the real ones."""
    made = [
        Network(
            number,
            6,
            7,
            4,
            layers=[Layer(kind, 4, (3, 3), amounts=(1, 0, 1, 1)), Layer("conv", 3, (2, 2))],
            head=head,
        )
        for number, (kind, head) in enumerate(zip(KINDS, HEADS * 3))
    ]
    made.append(
        Network(99, 12, 12, 3, layers=[Layer("residual", 6, (3, 3)), Layer("gate"), Layer("concatenate", 3)])
    )
    data = Path(os.environ.get("TINYML_DATA", ROOT.parent / "shared" / "data"))
    return [network.tflite() for network in made] + [
        path.read_bytes() for path in sorted(data.glob("mlperf-tiny/*.tflite"))
    ]


def mutant(seed: int, number: int) -> bytes:
    """Return damaged file `number`: one model after one to four random changes."""
    choose = random.Random(f"{seed} {number}")
    small = [model for model in models() if len(model) < 20_000]  # the real ones take most of a second each
    data = bytearray(choose.choice(small if choose.randrange(25) else models()))
    for _ in range(choose.choice([1, 1, 1, 2, 4])):
        if len(data) < 16:
            break
        # The structure lies at both ends of a file; the middle is mostly weights, whose bits may be anything.
        edge = min(len(data), 3000)
        at = choose.choice(
            [choose.randrange(edge), len(data) - 1 - choose.randrange(edge), choose.randrange(len(data))]
        )
        word = min(at - at % 4, len(data) - 4)
        match choose.randrange(7):
            case 0 | 1:
                data[at] ^= 1 << choose.randrange(8)
            case 2:
                data[at] = choose.choice([0, 1, 127, 128, 255, choose.randrange(256)])
            case 3:
                data[word : word + 4] = choose.choice(WORDS).to_bytes(4, "little")
            case 4:
                other = choose.randrange(len(data) // 4) * 4
                other = min(other, len(data) - 4)
                data[word : word + 4], data[other : other + 4] = (
                    data[other : other + 4],
                    data[word : word + 4],
                )
            case 5:
                value = int.from_bytes(data[word : word + 4], "little") + choose.choice(
                    [-8, -4, -1, 1, 4, 8, 4096]
                )
                data[word : word + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
            case 6:
                del data[choose.randrange(len(data)) :]
    return bytes(data)


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
