"""The use case: begin, join or go on with a study, and say what it has found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna

from tinyml import progress
from tinyml.data.archives import name_without_suffix
from tinyml.data.load import load_dataset, natural_task
from tinyml.errors import TinymlError
from tinyml.files import write_text
from tinyml.layers import require
from tinyml.report.front import as_file, draw_front
from tinyml.tuning.front import Findings, findings
from tinyml.tuning.objective import TRAINER
from tinyml.tuning.search import OBJECTIVES, SAMPLERS, Search, data_hash
from tinyml.tuning.space import Space
from tinyml.tuning.storage import address_of, join, load, open_storage, search_of, study_file
from tinyml.tuning.workers import Job, is_trained, over, run_workers, work

SPACE = ("widths", "sizes", "cuts", "contexts", "heads", "channels", "training")
WATCH_EVERY = 10  # of the workers' parent's looks, one asks the storage


def tune(
    dataset: Path | str,
    *,
    study: str | None = None,
    storage: str | None = None,
    board: str = "esp32cam",
    data: Path | None = None,
    task: str | None = None,
    epochs: tuple[int, ...] = (10, 40),
    folds: int = 1,
    trials: int = 40,
    proposals: int = 2000,
    limit_ms: float | None = None,
    against: tuple[str, ...] = ("latency_ms", "ram_bytes"),
    sampler: str = "tpe",
    seed: int = 0,
    workers: int = 1,
    threads: int = 0,
    heartbeat_s: int = 10,
    trainer: str = TRAINER,
    **options: Any,
) -> Findings:
    """Search for networks that are good on held-out training pictures and cheap on a board; goes on where a study stands.

    Only proposals that fit the board, and `limit_ms`, are trained: first for few `epochs`, and further where they are not
    behind those that cost less. It is over when `trials` networks are trained, or `proposals` made. `storage`: an address
    like postgresql://user@host/database; default: a file under the folder of runs. `workers`: processes here; any number
    of machines may call this with the same storage, study and data. `against`: of "latency_ms", "ram_bytes",
    "constants_bytes". `trainer`: "module:function" that makes what trains; for tests and for other ways of training.
    `options`: of Space, else fields of TrainConfig for every trial. Raises TinymlError.
    """
    require("tune", "the search")
    if trainer == TRAINER:
        require("train", "the search")
    _refuse_unknown(sampler, against, epochs)
    task = task or natural_task(dataset, data)
    found = load_dataset(dataset, data).with_labels(options.get("labels", "original"))
    own = Path(dataset).resolve() if Path(dataset).exists() else None
    chosen = {key: options.pop(key) for key in SPACE if key in options}
    search = Search(
        str(own or dataset), data_hash(found), board,
        tuple(found.classes_for(task)), Space.of(task, **chosen), tuple(epochs), folds, trials, proposals,
        tuple(against), limit_ms, sampler, seed, heartbeat_s, options,
    )  # fmt: skip
    name = study or (name_without_suffix(own) if own else str(dataset))
    address = address_of(name, storage)
    opened = join(name, open_storage(address, heartbeat_s), search)
    if over(opened, search):
        progress.note(f"the study '{name}' has its {trials} networks: ask for more with --trials")
        return findings(opened)
    with progress.bar("training networks", trials) as advance:
        if workers == 1 and not threads:
            work(name, address, trainer, 0, found, search, Counter(advance, opened))
        else:
            place, reads = str(data) if data else None, trainer == TRAINER
            job = Job(name, address, trainer, search.as_dict(), data=place, needs_data=reads)
            run_workers(workers, job, threads, Counter(advance, opened, WATCH_EVERY))
    return findings(opened)


def _refuse_unknown(sampler: str, against: tuple[str, ...], epochs: tuple[int, ...]) -> None:
    """Raise TinymlError where `tune` was given what it does not know."""
    if sampler not in SAMPLERS:
        raise TinymlError(f"no sampler called '{sampler}'", cure=f"samplers: {', '.join(SAMPLERS)}")
    if unknown := [name for name in against if name not in OBJECTIVES]:
        raise TinymlError(
            f"'{unknown[0]}' cannot be searched against", cure=f"choose from {', '.join(OBJECTIVES)}"
        )
    if not epochs or list(epochs) != sorted(set(epochs)) or min(epochs) < 1:
        raise TinymlError(f"epochs {list(epochs)} do not rise", cure="give few first, such as 10,40")


class Counter:
    """Moves a bar to the number of networks that a study has trained, each time that it is called, or each so many."""

    def __init__(self, advance: Callable[..., None], study: optuna.Study, every: int = 1) -> None:
        self.advance, self.study, self.every = advance, study, every
        self.shown = self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls % self.every:
            return
        trained = sum(is_trained(trial) for trial in self.study.get_trials(deepcopy=False))
        self.advance(trained - self.shown)
        self.shown = trained


def show(name: str, storage: str | None = None) -> Findings:
    """Return what a study has found so far; raises TinymlError where there is none of that name."""
    return findings(open_study(name, storage))


def open_study(name: str, storage: str | None = None) -> optuna.Study:
    """Return a study that exists."""
    require("tune", "the search")
    if storage is None and not study_file(name).is_file():
        known = ", ".join(sorted(path.stem for path in study_file(name).parent.glob("*.db"))) or "none"
        raise TinymlError(
            f"no study called '{name}'", cure=f"studies here: {known}; tinyml tune run begins one"
        )
    study = load(name, open_storage(address_of(name, storage)))
    search_of(study)
    return study


def picture(found: Findings, chosen: int | None = None) -> str:
    """Return a study's networks as an SVG element."""
    ram = found.limits.get(ram_region(found.search.board))
    return draw_front(
        [one.as_dict() for one in found.networks], found.metric, found.search.limit_ms, ram, chosen
    )


def ram_region(board: str) -> str:
    """Return the name of the region that holds the arena."""
    from tinyml.boards import load_board

    return load_board(board).region_for("arena").name


def write_picture(found: Findings, path: Path) -> None:
    """Write a study's networks as an SVG file; raises TinymlError where there are none yet."""
    if not found.networks:
        raise TinymlError(f"'{found.name}' has no trained network yet", cure="run it first: tinyml tune run")
    write_text(path, as_file(picture(found)))
