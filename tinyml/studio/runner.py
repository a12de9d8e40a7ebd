"""The process of one job: holds its lock, runs its command or its work, and writes how it ended."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from filelock import FileLock

from tinyml import processes
from tinyml.contracts import read_checked
from tinyml.errors import TinymlError
from tinyml.files import replacing, write_text
from tinyml.studio.jobs import Ended, Job, Refusal


def run(place: Path) -> int:
    """Run the job in `place` to its end and return its exit status."""
    with FileLock(place / "lock"):
        write_text(place / "pid", str(os.getpid()))
        job = read_checked(place / "job.json", Job)
        code = _command(place, job["command"]) if job["command"] else _work(place, job)
        write_text(place / "ended.json", json.dumps(Ended(code=code)))
    return code


def _command(place: Path, command: list[str]) -> int:
    with (
        replacing(place / "out.json") as out,
        out.open("wb") as answer,
        (place / "log.txt").open("ab") as log,
    ):
        arguments = [sys.executable, "-m", "tinyml.cli", *command, "--json"]
        with processes.Guarded(arguments, stdin=subprocess.DEVNULL, stdout=answer, stderr=log) as process:
            signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(signal.SIGINT))
            code = process.wait()
    return int(code)


def _work(place: Path, job: Job) -> int:
    from tinyml import progress
    from tinyml.console import PlainConsole
    from tinyml.studio import work

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    progress.enable(PlainConsole(stderr=True))
    try:
        work.WORK[job["kind"]](place, **job["work"])
    except TinymlError as error:
        write_text(place / "out.json", json.dumps(Refusal(error=error.what, cure=error.cure)))
        return error.exit_code
    except OSError as error:
        write_text(place / "out.json", json.dumps(Refusal(error=str(error), cure="")))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(run(Path(sys.argv[1])))
