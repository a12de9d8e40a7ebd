"""One writer at a time for what several processes may create in the cache, and no leftovers of killed ones."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from tinyml.files import readable_os_errors


@contextmanager
def only_writer(target: Path) -> Iterator[None]:
    """Hold the lock of `target`, waiting for another process that does; first remove what a killed one left.

    The system frees the lock of a process that dies. Leftovers are what `replacing` and `replacing_folder` name
    `.<target>.<random>`. Raises TinymlError where the folder cannot be written.
    """
    with readable_os_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.parent / f".{target.name}.lock")
        lock.acquire()
    try:
        for leftover in set(target.parent.glob(f".{target.name}.*")) - {Path(lock.lock_file)}:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield
    finally:
        lock.release()
