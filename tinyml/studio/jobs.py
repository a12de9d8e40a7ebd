"""Work that takes long, each in a process of its own that outlives the page and the server: commands of tinyml, and `work`.

A job is a folder: job.json says what it is, `lock` is held while it runs, log.txt and out.json take what it says, and
ended.json comes last. So a server that starts anew knows all of them.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from filelock import FileLock, Timeout

from tinyml.contracts import held_to, read_checked
from tinyml.contracts.run import Epoch
from tinyml.errors import DataError, TinymlError
from tinyml.files import write_text
from tinyml.paths import RunFiles, read_toml, runs_dir
from tinyml.studio.answers import JobRow, JobState, TrainingProgress, WorkProgress

KEPT = 40  # finished jobs that are remembered
LOG_BYTES = 4000  # of a log's end that the page sees
START_S = 10.0  # within which a job takes its lock


class Job(TypedDict):
    """job.json: a command of tinyml, or what the function of `work` called `kind` is given; started in seconds since 1970."""

    kind: str
    title: str
    run: str
    command: list[str]
    work: dict[str, str]
    started: float


class Ended(TypedDict):
    """ended.json: the exit status."""

    code: int


class Refusal(TypedDict, total=False):
    """Of out.json, what a command or work says that failed."""

    error: str
    cure: str


class Trained(TypedDict):
    """Of metrics.json, how the training went."""

    history: list[Epoch]


class Training(Trained):
    """A checkpoint's header: epochs and seconds so far."""

    epoch: int
    seconds: float


class PhaseLength(TypedDict, total=False):
    """How many epochs a phase has."""

    epochs: int


class Phased(TypedDict, total=False):
    """Of config.toml, the phases of the training."""

    phases: list[PhaseLength]


class Jobs:
    """The jobs of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, kind: str, title: str, *, command: Sequence[str] = (), run: str = "", **work: str) -> str:
        """Start a command of tinyml, or a function of `work` called `kind`, and return the job's name.

        Raises DataError where the same kind of job for the same run is running.
        """
        for other in self.list():
            if other["state"] == "running" and (other["kind"], other["run"]) == (kind, run):
                raise DataError(f"{title} is under way already", cure="wait for it, or stop it")
        self._forget()
        now = datetime.now()  # names sort by time, also those of one second
        name = f"{now:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}"
        place = self.folder / name
        place.mkdir(parents=True)
        job: Job = {
            "kind": kind,
            "title": title,
            "run": run,
            "command": list(command),
            "work": work,
            "started": time.time(),
        }
        write_text(place / "job.json", json.dumps(job))
        environment = {**os.environ, "TINYML_RUNS": str(runs_dir().resolve()), "COLUMNS": "100"}
        subprocess.Popen(
            [sys.executable, "-m", "tinyml.studio.runner", str(place)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(place / "log.txt").open("ab"),
            start_new_session=True,
            env=environment,
        )
        return name

    def list(self) -> list[JobRow]:
        """Return every job, the latest first."""
        found = []
        for place in sorted(self.folder.glob("*/job.json"), reverse=True):
            try:
                found.append(describe(place.parent))
            except (TinymlError, OSError):  # a folder that is being removed, or damaged
                continue
        return found

    def place(self, name: str) -> Path:
        """Return a job's folder; raises DataError where there is none of that name."""
        if name not in {path.parent.name for path in self.folder.glob("*/job.json")}:
            raise DataError(f"there is no job '{name}'", cure="reload the page")
        return self.folder / name

    def stop(self, name: str) -> None:
        """Ask a job to end, as Ctrl+C would; a training can be resumed."""
        place = self.place(name)
        if describe(place)["state"] != "running":
            return
        write_text(place / "stopped", "")
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((place / "pid").read_text()), signal.SIGTERM)

    def _forget(self) -> None:
        for place in sorted(self.folder.glob("*/ended.json"))[:-KEPT]:
            shutil.rmtree(place.parent, ignore_errors=True)


def describe(place: Path) -> JobRow:
    """Return what the page shows of a job."""
    job = read_checked(place / "job.json", Job)
    state, ended = _state(place, job["started"])
    row: JobRow = {
        "id": place.name,
        "kind": job["kind"],
        "title": job["title"],
        "run": job["run"],
        "started": job["started"],
        "state": state,
        "ended": ended,
        "log": _tail(place / "log.txt"),
        "error": "",
        "cure": "",
        "progress": None,
    }
    if state != "running" and (place / "out.json").is_file():
        try:
            out = read_checked(place / "out.json", Refusal)
            row["error"], row["cure"] = out.get("error", ""), out.get("cure", "")
        except TinymlError:  # it was killed while it wrote
            pass
    if job["kind"] == "train":
        row["progress"] = training_progress(RunFiles(runs_dir() / job["run"]), job["started"])
    elif (place / "progress.json").is_file():
        row["progress"] = read_checked(place / "progress.json", WorkProgress)
    return row


def _state(place: Path, started: float) -> tuple[JobState, float | None]:
    """Return ("running", "done", "failed", "stopped" or "lost", when it ended)."""
    end = place / "ended.json"
    if not end.is_file():
        if time.time() - started < START_S and not (place / "pid").is_file():
            return "running", None
        lock = FileLock(place / "lock")
        try:
            with lock.acquire(blocking=False):
                pass
        except Timeout:
            return "running", None
        if not end.is_file():
            return ("stopped" if (place / "stopped").is_file() else "lost"), None
    ended = end.stat().st_mtime
    code = read_checked(end, Ended)["code"]
    if code in (0, 3):
        return "done", ended
    return ("stopped" if (place / "stopped").is_file() else "failed"), ended


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - LOG_BYTES))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""


def training_progress(run: RunFiles, since: float = 0.0) -> TrainingProgress | None:
    """Return how far a training has come: `done` and `total` epochs, `history`, `seconds_left`; None before its first epoch.

    Read from the checkpoint's header while it runs, from metrics.json once it is finished; nothing older than `since`.
    """
    try:
        if run.metrics.is_file() and run.metrics.stat().st_mtime >= since:
            history = read_checked(run.metrics, Trained)["history"]
            return {"done": len(history), "total": len(history), "history": history, "seconds_left": 0}
        if not run.checkpoint.is_file() or run.checkpoint.stat().st_mtime < since:
            return None
        with run.checkpoint.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(size, 1 << 24)))
        progress = held_to(json.loads(header["__metadata__"]["progress"]), Training, run.checkpoint)
        phases = held_to(read_toml(run.config), Phased, run.config).get("phases", [PhaseLength()])
    except (OSError, ValueError, KeyError, TinymlError):
        return None
    total = sum(phase.get("epochs", 60) for phase in phases)
    done = progress["epoch"]
    left = (total - done) * progress["seconds"] / max(done, 1)
    return {"done": done, "total": total, "history": progress["history"], "seconds_left": round(left)}
