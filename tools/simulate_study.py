"""Run a study with training that takes a moment, on a PostgreSQL server of its own: what do many workers cost the storage?

    python tools/simulate_study.py --workers 16 --trials 1000 --seconds 1

Prints trials a second, how busy the server and the workers were, and how many trials were lost or done twice. What a trial
costs without its training is what bounds how many workers one database, or one computer, serves.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.postgres import Server  # noqa: E402
from support.simulated_training import SECONDS, TRAINER  # noqa: E402

from tinyml.tuning.search import Search  # noqa: E402
from tinyml.tuning.space import Space  # noqa: E402
from tinyml.tuning.storage import address_of, join, load, open_storage  # noqa: E402
from tinyml.tuning.workers import is_trained, work  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """Return the processor time of a process and of everything that it started, those that have ended included."""
    parents, times = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        parents[number], times[number] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
    members = {root}
    while more := {number for number, parent in parents.items() if parent in members} - members:
        members |= more
    return sum(times.get(number, 0.0) for number in members)


def main() -> None:
    """Run the study; print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one simulated training")
    parser.add_argument("--sampler", default="nsga2")
    options = parser.parse_args()
    os.environ[SECONDS] = str(options.seconds)
    # Few architectures, whose estimates each worker keeps, and endless settings of training.
    space = Space.of("classify", widths=[0.1, 0.2], sizes=[16], cuts=[3, 4], heads=[8, 16], training=True)
    search = Search(
        "simulated", "0", "esp32cam", ("a", "b"), space, levels=(1,), trials=options.trials, proposals=10**6,
        sampler=options.sampler,
    )  # fmt: skip
    server = Server()
    try:
        address = address_of("simulated", server.address)
        study = join("simulated", open_storage(address), search)
        study._storage.remove_session()
        study._storage._backend.engine.dispose()  # type: ignore[attr-defined]
        assert server.process is not None
        before, started = cpu_seconds(server.process.pid), time.monotonic()
        context = multiprocessing.get_context("fork")
        workers = [
            context.Process(target=work, args=("simulated", address, TRAINER, number, None, search))
            for number in range(options.workers)
        ]
        with tempfile.TemporaryDirectory():
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        seconds = time.monotonic() - started
        database = cpu_seconds(server.process.pid) - before
        own = os.times()
        trials = load("simulated", open_storage(address)).get_trials()
        trained = [trial for trial in trials if is_trained(trial)]
        numbers = Counter(trial.number for trial in trials)
        print(
            f"{options.workers} workers, {len(trained)} trials of {options.seconds:g} s, {options.sampler}: {seconds:.0f} s"
        )
        print(f"{len(trained) / seconds:.1f} trials a second; without anything but training: "
              f"{options.workers / max(options.seconds, 1e-9):.1f}")  # fmt: skip
        print(f"processor time a trial: database {1000 * database / len(trained):.0f} ms, workers "
              f"{1000 * (own.children_user + own.children_system) / len(trained):.0f} ms")  # fmt: skip
        unfinished = sum(not trial.state.is_finished() for trial in trials)
        twice = sum(count - 1 for count in numbers.values())
        failed = sum(worker.exitcode != 0 for worker in workers)
        print(f"lost: {unfinished}; twice: {twice}; workers that failed: {failed}")
    finally:
        server.close()


if __name__ == "__main__":
    main()
