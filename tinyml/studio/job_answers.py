"""The page's questions about jobs, and what it starts: each a command of tinyml, or work of the page's own."""

import re
from typing import Literal

import msgspec

from tinyml.boards import load_board
from tinyml.errors import DataError
from tinyml.files import write_text
from tinyml.paths import RunFiles, runs_dir
from tinyml.studio import libraries
from tinyml.studio.answers import JobList
from tinyml.studio.known import known_port, known_run
from tinyml.studio.studio import Ask, Studio

NAME = re.compile(r"[^\W_][\w.-]{0,79}")
CHECK = ("--size", "96", "--width", "0.35", "--epochs", "20", "--folds", "4", "--skip-bad")


class Started(msgspec.Struct):
    """A job to start; which of the fields count depends on its kind."""

    kind: Literal["suggest", "outputs", "check", "train", "thresholds", "export", "build", "flash", "library"]
    run: str = ""
    board: str = ""
    port: str = ""
    resume: bool = False
    overwrite: bool = False
    width: float | None = None
    size: int | None = None
    epochs: int | None = None
    batch: int | None = None
    seed: int | None = None
    context: str = ""
    gray: bool = False
    fit: Literal["", "squash", "crop"] = ""
    more: str = ""  # further settings as TOML
    thresholds: dict[str, float] = {}  # of classes, to be kept
    library: str = ""  # a kind of library


class Named(msgspec.Struct):
    """A job by its name."""

    name: str


def jobs(studio: Studio, ask: Ask) -> JobList:
    """Return every job, the latest first."""
    return {"jobs": studio.jobs.list()}


def start(studio: Studio, ask: Ask) -> JobList:
    """Start a job and return all of them."""
    wanted = ask.read(Started)
    START[wanted.kind](studio, wanted)
    return jobs(studio, ask)


def stop(studio: Studio, ask: Ask) -> JobList:
    """Ask a job to end."""
    studio.jobs.stop(ask.read(Named).name)
    return jobs(studio, ask)


def _start_work(studio: Studio, wanted: Started) -> None:
    title = {"suggest": "Pre-filling labels", "outputs": f"Looking at the test pictures of {wanted.run}"}[
        wanted.kind
    ]
    if wanted.run:
        known_run(wanted.run)
    studio.jobs.start(wanted.kind, title, run=wanted.run, folder=str(studio.place.folder), model=wanted.run)


def _start_check(studio: Studio, wanted: Started) -> None:
    command = ["data", "check", str(studio.place.folder), "--out", str(studio.place.check), *CHECK]
    studio.jobs.start("check", "Checking the labels", command=command)


def _start_train(studio: Studio, wanted: Started) -> None:
    name = wanted.run or studio.place.folder.name
    if not NAME.fullmatch(name):
        raise DataError(f"'{name[:40]}' is no name for a run", cure="use letters, digits, . _ and -")
    command = ["train", str(studio.place.folder), "--name", name, "--skip-bad"]
    if wanted.resume:
        command.append("--resume")
    else:
        for option in ("width", "size", "epochs", "batch", "seed", "context", "fit"):
            if (value := getattr(wanted, option)) not in (None, ""):
                command += [f"--{option}", str(value)]
        command += ["--gray"] * wanted.gray + ["--overwrite"] * wanted.overwrite
        if wanted.more.strip():
            settings = studio.place.own / f"{name}.toml"
            write_text(settings, wanted.more)
            command += ["--config", str(settings)]
        if RunFiles(runs_dir() / name).metrics.is_file() and not wanted.overwrite:
            raise DataError(f"there is a finished run called '{name}'", cure="choose another name")
    studio.jobs.start("train", f"Training {name}", command=command, run=name)


def _start_for_board(studio: Studio, wanted: Started) -> None:
    run = known_run(wanted.run)
    board = load_board(wanted.board)
    words = {"export": "Exporting", "build": "Building", "flash": "Flashing"}[wanted.kind]
    command = [wanted.kind, run.name, "--target", board.name]
    if wanted.kind == "flash" and wanted.port:
        command += ["--port", known_port(wanted.port)]
    studio.jobs.start(wanted.kind, f"{words} {run.name} for {board.name}", command=command, run=run.name)


def _start_thresholds(studio: Studio, wanted: Started) -> None:
    run = known_run(wanted.run)
    if not wanted.thresholds:
        raise DataError("no threshold was moved", cure="drag one first")
    command = ["evaluate", run.name]
    for name, threshold in wanted.thresholds.items():
        command += ["--keep-threshold", f"{name}={threshold}"]
    studio.jobs.start("thresholds", f"Judging {run.name} by other thresholds", command=command, run=run.name)


def _start_library(studio: Studio, wanted: Started) -> None:
    run = known_run(wanted.run)
    command = ["export", run.name, "--as", wanted.library]
    command += ["--out", str(libraries.folder_of(studio.place, run.name, wanted.library))]
    title = f"Making {libraries.KINDS[wanted.library]} of {run.name}"
    studio.jobs.start("library", title, command=command, run=run.name)


START = {
    "thresholds": _start_thresholds,
    "library": _start_library,
    "suggest": _start_work,
    "outputs": _start_work,
    "check": _start_check,
    "train": _start_train,
    "export": _start_for_board,
    "build": _start_for_board,
    "flash": _start_for_board,
}
