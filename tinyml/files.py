"""Files that are whole or absent: written beside their final name, then renamed.

What a killed command leaves behind is removed by the next one that writes there: whoever writes holds a lock on the
temporary file or folder, which the system frees with its process.
"""

import contextlib
import errno
import functools
import hashlib
import importlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from tinyml import __version__
from tinyml.errors import TinymlError

# On Windows, which has no such locks, nothing is locked and nothing taken for abandoned.
fcntl: Any = importlib.import_module("fcntl") if os.name == "posix" else None
ABANDONED_AFTER_S = 2.0  # younger ones may just not be locked yet
# Stands in the name of every temporary file and folder, before eight random characters.
MARK = ".tinyml-"
LARGEST_JSON_BYTES = 64 << 20


@contextlib.contextmanager
def readable_os_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's errors about `path` into messages with a cure."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise TinymlError(
                f"no space left on the disk while writing {path}",
                cure="free some space, or choose another folder with --out",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise TinymlError(
                f"{path} cannot be written: {error.strerror}",
                cure="check the folder's permissions, or choose another folder with --out",
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG):
            raise TinymlError(
                f"{path} cannot be written: {error.strerror}", cure="choose another name or folder"
            ) from error
        raise


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; on success it takes the name `path`, on failure it is removed.

    A reader, or a process killed at any moment, sees the old file or the new one, never half of it.
    Raises TinymlError where the folder cannot be written or the disk is full.
    """
    path = Path(path)
    with readable_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}{MARK}", suffix=path.suffix, dir=path.parent)
        _lock(handle)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            os.close(handle)
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Like `replacing`, for a folder: the finished folder takes the place of whatever stood at `path`."""
    path = Path(path)
    with readable_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(f".{path.name}", path.parent) as temporary:
            finished = temporary / path.name
            finished.mkdir()
            yield finished
            if path.exists():
                path.rename(temporary / "old")
            finished.rename(path)


@contextlib.contextmanager
def temporary_folder(purpose: str, parent: Path | None = None) -> Iterator[Path]:
    """Give an empty folder under `parent` (the system's folder for temporary files), and remove it afterwards."""
    parent = parent or Path(tempfile.gettempdir())
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{purpose}{MARK}", dir=parent))
    handle = os.open(folder, os.O_RDONLY) if fcntl else None
    try:
        if handle is not None:
            _lock(handle)
        yield folder
    finally:
        if handle is not None:
            os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def _lock(handle: int) -> None:
    """Mark an open file or folder as in use until `handle` is closed or its process ends."""
    if fcntl:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)


@functools.cache
def remove_abandoned(parent: Path) -> None:
    """Remove the temporary files and folders in `parent` whose commands were killed; looks once in a process."""
    if not fcntl:
        return
    with contextlib.suppress(OSError):
        for path in [Path(entry) for entry in os.scandir(parent) if MARK in entry.name]:
            if time.time() - path.lstat().st_mtime > ABANDONED_AFTER_S and _is_free(path):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def _is_free(path: Path) -> bool:
    """Whether nobody holds the lock of a temporary file or folder of ours."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(handle).st_uid == os.getuid()
        finally:
            os.close(handle)
    return False


@contextlib.contextmanager
def open_regular(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for reading; raises OSError at once for a pipe or a device, which might give bytes forever or never."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = "folder" if stat.S_ISDIR(mode) else "pipe" if stat.S_ISFIFO(mode) else "device"
        raise OSError(errno.EINVAL, f"it is a {kind}, not a file", str(path))
    with os.fdopen(handle, "rb") as stream:
        yield stream


def exists(path: Path) -> bool:
    """Return whether `path` leads to something; False, too, where it is too long, or none at all."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_bytes(path: str | Path, limit_bytes: int) -> bytes:
    """Return a file's bytes; raises OSError where there are more than `limit_bytes`, or `path` is not a file."""
    with open_regular(path) as stream:
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {limit_bytes:,} bytes", str(path))
    return data


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(
    path: str | Path, data: Mapping[str, object], *, inputs: Mapping[str, Path] | None = None
) -> None:
    """Write `data` with its provenance: the SHA-256 of each input, the tool's version, the command."""
    provenance = {
        "tool": f"tinyml {__version__}",
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "inputs": {
            name: {"file": Path(file).name, "sha256": sha256(file)} for name, file in (inputs or {}).items()
        },
    }
    write_text(path, json.dumps({**data, "provenance": provenance}, indent=2, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict[str, object]:
    """Read a JSON file that tinyml wrote; raises TinymlError where it is missing or damaged."""
    try:
        data = json.loads(read_bytes(path, LARGEST_JSON_BYTES))
    except FileNotFoundError as error:
        raise TinymlError(f"{path} does not exist", cure="run the command that writes it first") from error
    except (ValueError, OSError, RecursionError) as error:
        raise TinymlError(
            f"{path} is not readable JSON: {error}", cure="delete it and make it again"
        ) from error
    if not isinstance(data, dict):
        raise TinymlError(f"{path} does not hold a JSON object", cure="delete it and make it again")
    return data
