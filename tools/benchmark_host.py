#!/usr/bin/env python3
"""Time one inference of a model on this computer: the compiled C beside TensorFlow Lite, in one run.

    tools/benchmark_host.py model_int8.tflite

All candidates take turns in short bursts, so that a busy moment of the machine hits all of them. The milliseconds are
each one's fastest burst; a ratio is the median over the rounds of two bursts that followed each other closely, and stands
beside its quartiles. Where those lie far apart the computer was busy, and the run says so. A burst begins with one inference
that is not timed, so that the caches are warm (and the helper awake). One thread each, except the row that says two workers.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.oracles import TensorFlowModel, lite_outputs  # noqa: E402

from tinyml.compiler.pipeline import compile_model  # noqa: E402
from tinyml.reference import KERNELS as JUDGES  # noqa: E402
from tinyml.reference import LiteModel, MicroModel  # noqa: E402

KERNELS = ROOT / "firmware" / "lib" / "tinyml_kernels"
BURST_SECONDS = 0.005  # shorter than a time slice of a busy machine
NOISE = 0.2  # of a ratio: how far its quartiles may lie apart
OURS = "C, gcc -O3"
PROGRAM = """
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "model.h"
#include "tm_threads.h"
static _Alignas(64) int8_t arena[MODEL_ARENA_BYTES];
static model m;
static tm_threads threads;
int main(int count, char **arguments) {
    static int8_t input[MODEL_INPUT_BYTES];
    long runs;
    if (model_init(&m, arena, sizeof arena) != TM_OK) return 1;
    if (fread(input, sizeof input, 1, stdin) != 1) return 2;
    if (count > 1 && strcmp(arguments[1], "2") == 0) {
        if (!tm_threads_start(&threads)) return 3;
        m.workers = &threads.workers;
    }
    while (fread(&runs, sizeof runs, 1, stdin) == 1) {
        struct timespec start, end;
        for (long i = -1; i < runs; ++i) {
            if (i == 0) clock_gettime(CLOCK_MONOTONIC, &start);
            memcpy(model_input(&m), input, sizeof input);
            if (model_run(&m) != TM_DONE) return 4;
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        const double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
        fwrite(&seconds, sizeof seconds, 1, stdout);
        fwrite(model_output(&m), MODEL_OUTPUT_BYTES, 1, stdout);
        fflush(stdout);
    }
    return 0;
}
"""
Candidate = Callable[[int], tuple[float, bytes]]  # runs -> seconds, output


def compiled(
    folder: Path, name: str, flags: list[str], workers: int, values: np.ndarray, output_bytes: int
) -> Candidate:
    """Build the C for so many workers with `flags`; return what runs it, in a process of its own."""
    program, model = folder / name, folder / f"workers{workers}"
    sources = [folder / "main.c", model / "model.c"]
    sources += [
        source for part in ("reference", "portable", "workers") for source in KERNELS.glob(f"src/{part}/*.c")
    ]
    include = ["-I", KERNELS / "include", "-I", model]
    subprocess.run(["gcc", "-std=gnu11", *flags, *include, *sources, "-o", program, "-pthread"], check=True)
    process = subprocess.Popen([program, str(workers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    to, back = process.stdin, process.stdout
    assert to and back
    to.write(values.tobytes())

    def run(runs: int) -> tuple[float, bytes]:
        to.write(np.int64(runs).tobytes())
        to.flush()
        return float(np.frombuffer(back.read(8), np.float64)[0]), back.read(output_bytes)

    return run


def timed(invoke: Callable[[], None], output: Callable[[], np.ndarray]) -> Candidate:
    """Return what calls `invoke` so many times."""

    def run(runs: int) -> tuple[float, bytes]:
        invoke()
        start = time.perf_counter()
        for _ in range(runs):
            invoke()
        return time.perf_counter() - start, output().tobytes()

    return run


def judge(model: LiteModel | MicroModel, values: np.ndarray) -> Candidate:
    """Return what runs a model of TensorFlow Lite or TFLite-Micro."""
    model.set_inputs(values)
    return timed(model.invoke, model.output)


@dataclass(frozen=True)
class Timing:
    """The bursts of one candidate: milliseconds of one inference in each round, and what it put out."""

    milliseconds: np.ndarray
    output: bytes

    def quartiles_of(self, other: "Timing") -> tuple[float, float, float]:
        """Return lower quartile, median and upper quartile of how many times faster `other` is, round by round."""
        low, middle, high = np.percentile(self.milliseconds / other.milliseconds, [25, 50, 75])
        return float(low), float(middle), float(high)


def timings(candidates: dict[str, Candidate], rounds: int) -> dict[str, Timing]:
    """Let the candidates take turns, in bursts of about BURST_SECONDS."""
    runs = {name: max(1, int(BURST_SECONDS / (run(3)[0] / 3))) for name, run in candidates.items()}
    found: dict[str, list[float]] = {name: [] for name in candidates}
    outputs: dict[str, bytes] = {}
    for _ in range(rounds):
        for name, run in candidates.items():
            seconds, outputs[name] = run(runs[name])
            found[name].append(1e3 * seconds / runs[name])
    return {name: Timing(np.array(found[name]), outputs[name]) for name in candidates}


def is_noisy(low: float, middle: float, high: float) -> bool:
    """Return whether half of a ratio's rounds lie too far apart for its median to be told."""
    return high - low > NOISE * middle


def main() -> int:
    """Print the table (or JSON); exit status 1 where the compiled C gives other bytes than the reference kernels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="an int8 .tflite file")
    parser.add_argument("--rounds", type=int, default=200, help="bursts of each candidate")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    model = options.model.read_bytes()
    details = TensorFlowModel(model).inputs[0]
    values = np.random.default_rng(0).integers(-128, 128, details["shape"], dtype=np.int8)
    expected = lite_outputs(model, [values])[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for workers in (1, 2):
            compile_model(options.model, folder / f"workers{workers}", workers=workers)
        (folder / "main.c").write_text(PROGRAM)
        builds = {
            OURS: (["-O3"], 1),
            "C, gcc -O3, two workers": (["-O3"], 2),
            "C, gcc -O3 -march=native": (["-O3", "-march=native"], 1),
            "C, gcc -O3, reference kernels": (["-O3", "-DTM_KERNELS=TM_REFERENCE"], 1),
        }
        candidates = {
            label: compiled(folder, f"program{number}", flags, workers, values, expected.size)
            for number, (label, (flags, workers)) in enumerate(builds.items())
        }
        candidates |= {
            f"TensorFlow Lite, {kernels}": judge(TensorFlowModel(model, kernels), values)
            for kernels in JUDGES
        }
        candidates["TFLite-Micro"] = judge(MicroModel(model), values)
        found = timings(candidates, options.rounds)
    ours = found[OURS]
    ratios = {label: timing.quartiles_of(ours) for label, timing in found.items() if label != OURS}
    noisy = [label for label, quartiles in ratios.items() if is_noisy(*quartiles)]
    wrong = [label for label in builds if found[label].output != expected.tobytes()]
    fastest = {label: float(timing.milliseconds.min()) for label, timing in found.items()}
    if options.json:
        report = {"milliseconds": fastest, "times_ours": ratios, "noisy": noisy, "wrong": wrong}
        print(json.dumps({"model": options.model.name, **report}))
        return 1 if wrong else 0
    print(f"{options.model.name}: one inference, {options.rounds} rounds of bursts that take turns\n")
    print(f"{'':32}{'fastest, ms':>12}{'times ' + OURS:>20}{'quartiles':>16}")
    for label, milliseconds in fastest.items():
        low, middle, high = ratios.get(label, (1.0, 1.0, 1.0))
        mark = "  NOISY" if label in noisy else ""
        print(f"{label:32}{milliseconds:12.3f}{middle:20.2f}{low:10.2f}-{high:.2f}{mark}")
    if noisy:
        print(
            f"\nthe computer was busy: half the rounds lie more than {NOISE:.0%} apart; run it again on a quiet one"
        )
    print(
        "\nbytes "
        + (f"DIFFER from TensorFlow Lite's reference kernels: {', '.join(wrong)}" if wrong else "equal")
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
