"""One writer at a time for a folder: the second is told who is at work."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from tinyml.errors import TinymlError
from tinyml.files import readable_os_errors


@contextmanager
def sole_writer(folder: Path, cure: str = "wait for it, or give another name with --name") -> Iterator[None]:
    """Keep other commands from writing to `folder`; raises TinymlError with the command that does, and `cure`.

    The lock and the holder's command line lie beside the folder. The system frees the lock of a process that dies.
    Under torchrun the first process alone holds it.
    """
    if os.environ.get("RANK", "0") != "0":
        yield
        return
    path = folder.parent / f".{folder.name}.lock"
    holder = path.with_suffix(".holder")
    with readable_os_errors(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            with suppress(OSError):
                raise TinymlError(
                    f"{folder} is in use by {holder.read_text(encoding='utf-8')}", cure=cure
                ) from None
            raise TinymlError(f"{folder} is in use by another command", cure=cure) from None
        holder.write_text(f"{_command_line()} (process {os.getpid()})", encoding="utf-8")
    try:
        yield
    finally:
        for one in (holder, path):
            with suppress(OSError):  # a folder that has become read-only must not hide how the work went
                one.unlink()
        lock.release()


def _command_line() -> str:
    """Return how this process was started, for a person: `tinyml train fruit`."""
    return " ".join([Path(sys.argv[0]).stem.replace("cli", "tinyml"), *sys.argv[1:]])[:200]
