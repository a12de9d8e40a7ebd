"""One writer at a time: for a run the second is told who is at work, for what the cache holds it waits."""

import os
import shutil
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
    lock = _lock_of(folder)
    path = Path(lock.lock_file)
    holder = path.with_suffix(".holder")
    with readable_os_errors(folder):
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


@contextmanager
def only_writer(target: Path) -> Iterator[None]:
    """Hold the lock of `target`, waiting for another process that does; first remove what a killed one left.

    The system frees the lock of a process that dies. Leftovers are what `replacing`, `replacing_folder` and downloads name
    `.<target>.<more>`. Raises TinymlError where the folder cannot be written.
    """
    lock = _lock_of(target)
    with readable_os_errors(target):
        lock.acquire()
    try:
        for leftover in set(target.parent.glob(f".{target.name}.*")) - {Path(lock.lock_file)}:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield
    finally:
        lock.release()


def _lock_of(target: Path) -> FileLock:
    """Return the lock that lies beside `target`; raises TinymlError where its folder cannot be made."""
    with readable_os_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(target.parent / f".{target.name}.lock")


def _command_line() -> str:
    """Return how this process was started, for a person: `tinyml train fruit`."""
    return " ".join([Path(sys.argv[0]).stem.replace("cli", "tinyml"), *sys.argv[1:]])[:200]
