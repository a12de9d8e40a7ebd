"""Workers of a search: each a process that asks the study for a trial, judges it, and asks again."""

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import msgspec.structs
import optuna
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from tinyml.errors import TinymlError
from tinyml.files import temporary_folder
from tinyml.processes import Guarded
from tinyml.tuning.objective import Objective, level_key, make_trainer
from tinyml.tuning.search import Search, data_hash
from tinyml.tuning.storage import load, open_storage

if TYPE_CHECKING:
    from tinyml.data.samples import Dataset

LAST_LINES = 3  # of a worker's words that a failure shows
POLL_S = 0.2
# Optuna's words where a trial has failed behind its worker's back.
TAKEN_AWAY = ("Cannot tell a FAIL trial", "Should not reach")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def sampler_of(search: Search, worker: int, begun: int) -> BaseSampler:
    """Return the sampler of a worker that joins when `begun` trials are there: each asks for other things, and none twice."""
    seed = (search.seed * 1_000_003 + worker) * 1_000_003 + begun
    if search.sampler == "nsga2":
        return NSGAIISampler(population_size=24, seed=seed % 2**32)
    if search.sampler == "random":
        return RandomSampler(seed=seed % 2**32)
    return TPESampler(seed=seed % 2**32, multivariate=True, n_startup_trials=12)


def work(
    name: str,
    address: str,
    trainer: str,
    number: int,
    dataset: "Dataset | None",
    search: Search,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Work on a study until as many networks are trained, or proposed, as it asks for.

    `search` is the caller's; how long the study runs is what it says now. `number`: of this worker, from 0. `watch` is
    called after each trial.
    """
    study = load(name, open_storage(address, search.heartbeat_s))
    study.sampler = sampler_of(search, number, len(study.get_trials(deepcopy=False)))
    objective = Objective(search, make_trainer(trainer, search, dataset))

    def after(study: optuna.Study, trial: FrozenTrial) -> None:
        watch()
        if over(study, search):
            study.stop()

    while True:
        if not over(study, search):
            try:
                study.optimize(objective, callbacks=[after])
            except (ValueError, AssertionError) as error:
                # Others took this worker for dead, because its computer was too busy to say otherwise: its trial is theirs.
                if not str(error).startswith(TAKEN_AWAY):
                    raise
        # Others may still be at work: if one of them dies now, its trial is run here.
        optuna.storages.fail_stale_trials(study)
        states = [trial.state for trial in study.get_trials(deepcopy=False)]
        if not over(study, search) or TrialState.WAITING in states:
            continue
        if TrialState.RUNNING not in states:
            return
        time.sleep(search.heartbeat_s / 2)


def over(study: optuna.Study, search: Search) -> bool:
    """Return whether a study has trained, or proposed, as many networks as it asks for; what waits is run in any case."""
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.WAITING for trial in trials):
        return False
    trained = sum(is_trained(trial) for trial in trials)
    return trained >= search.trials or len(trials) >= search.proposals


def is_trained(trial: FrozenTrial) -> bool:
    """Return whether any time went into training this trial's network."""
    ended = trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    return ended and level_key(0) in trial.user_attrs


def read_data(search: Search, data: str | None, labels: str = "original") -> "Dataset":
    """Read the data set of a search; raises TinymlError where it is not the one that the study was begun with."""
    from tinyml.data.load import load_dataset

    dataset = load_dataset(search.dataset, data)
    dataset = dataset.with_labels(labels)
    if data_hash(dataset) != search.data_sha256:
        raise TinymlError(
            f"the data set '{search.dataset}' here is not the one that the study was begun with",
            cure="bring the same pictures and labels, or begin another study with --study",
        )
    return dataset


class Job(msgspec.Struct):
    """What a worker's process is told."""

    name: str
    address: str
    trainer: str
    search: dict[str, object]
    number: int = 0
    data: str | None = None
    needs_data: bool = True


def run_workers(
    count: int,
    job: Job,
    threads: int = 0,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Run workers until all of them have ended; nothing of them is left, however this process ends.

    job: what each is told, but for its number. threads: of each worker; 0: the cores, divided fairly. A worker
    that dies is one less: its trial is run again by another. Raises TinymlError where all of them died.
    """
    share = threads or max(1, (os.cpu_count() or 1) // count)
    environment = os.environ | dict.fromkeys(THREADS, str(share))
    with temporary_folder("tune") as folder:
        processes = []
        for number in range(count):
            words = folder / f"{number}.txt"
            document = msgspec.json.encode(msgspec.structs.replace(job, number=number)).decode()
            with words.open("w") as stream:
                command = [sys.executable, "-m", "tinyml.tuning.workers", document]
                processes.append(Guarded(command, env=environment, stdout=stream, stderr=stream))
        try:
            while any(process.poll() is None for process in processes):
                watch()
                time.sleep(POLL_S)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()
        if all(process.returncode for process in processes):
            said = (folder / "0.txt").read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
            raise TinymlError(f"every worker ended early: {' / '.join(said) or 'without a word'}")


def main(document: str) -> int:
    """Work as a process of its own."""
    job = msgspec.json.decode(document, type=Job)
    search = Search.from_dict(job.search)
    try:
        dataset = (
            read_data(search, job.data, str(search.settings.get("labels", "original")))
            if job.needs_data
            else None
        )
        work(job.name, job.address, job.trainer, job.number, dataset, search)
    except TinymlError as error:
        sys.stderr.write(f"{error.what}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
