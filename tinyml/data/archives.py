"""Archives: zip files are read in place, tar files are unpacked once into the user's cache; none is trusted."""

import functools
import io
import lzma
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO

from tinyml.errors import DataError
from tinyml.files import open_regular, replacing_folder, sha256
from tinyml.locks import only_writer
from tinyml.paths import cache_dir
from tinyml.progress import note

MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_UNPACKED_BYTES = 16 << 30
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
ENCRYPTED, NAMED_IN_UTF8 = 0x1, 0x800  # flag bits of a member of a zip file
# What zipfile and its decoders raise on damage.
DAMAGE = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, LookupError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip


def name_without_suffix(path: Path) -> str:
    """Return the name of a folder, or of an archive without `.zip`, `.tar.gz` and the like."""
    suffix = next((suffix for suffix in (".zip", *TAR_SUFFIXES) if path.name.lower().endswith(suffix)), "")
    return path.name[: len(path.name) - len(suffix)] or path.name if path.is_file() else path.name


def opened(path: Path) -> Path:
    """Return where the members of `path` are: a folder or a zip file itself, a tar file's folder in the cache.

    Raises DataError for any other file, and for an archive that is damaged or would write outside its folder.
    """
    if path.is_dir() or archive_of(path):
        return path
    if not path.name.lower().endswith(TAR_SUFFIXES):
        raise DataError(
            f"{path} is neither a folder nor a zip file, nor a tar file",
            cure="if it is another kind of archive, unpack it and give the folder of the pictures",
        )
    target = cache_dir() / "unpacked" / f"{name_without_suffix(path)}-{sha256(path)[:16]}"
    with only_writer(target):
        if not target.exists():
            note(f"unpacking {path.name} into {target}")
            with replacing_folder(target) as temporary:
                unpack(path, temporary)
    return target


@functools.lru_cache(maxsize=8)
def _open_zip(
    path: Path, process: int, written_ns: int
) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    # One handle per process: a handle shared through fork would share its file position too.
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise DataError(
            f"{path} is not a readable zip file: {error}", cure="fetch or copy it again"
        ) from error
    members = {_name(member): member for member in archive.infolist() if not member.is_dir()}
    if locked := [name for name, member in members.items() if member.flag_bits & ENCRYPTED]:
        raise DataError(
            f"{path} needs a password for {len(locked)} of its {len(members)} files, first {locked[0]}",
            cure="unpack it with its password, and give the folder",
        )
    if strange := [name for name, member in members.items() if member.compress_type not in METHODS]:
        raise DataError(
            f"{path} packs {len(strange)} of its {len(members)} files with a method that tinyml cannot unpack "
            f"(number {members[strange[0]].compress_type}; 9 is the Deflate64 of Windows), first {strange[0]}",
            cure="unpack it with the program that made it, and give the folder",
        )
    return archive, members


def _name(member: zipfile.ZipInfo) -> str:
    name = member.filename
    if not member.flag_bits & NAMED_IN_UTF8:  # zipfile took it for cp437; macOS writes UTF-8 without the flag
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def open_zip(path: Path) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """Return this process's open handle of a zip file, and its files by name with forward slashes.

    Raises DataError where it is damaged, needs a password, or is packed by a method that cannot be unpacked.
    """
    return _open_zip(path, os.getpid(), path.stat().st_mtime_ns)


def archive_of(path: Path) -> Path | None:
    """Return the zip file that `path` is or leads into; None where it is an ordinary path."""
    return next(
        (place for place in (path, *path.parents) if place.suffix.lower() == ".zip" and place.is_file()), None
    )


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or a member of a zip file when `path` leads into one; raises FileNotFoundError or DataError."""
    archive = archive_of(path.parent)
    if archive is None:
        with open_regular(path) as stream:
            yield stream
        return
    name = path.relative_to(archive).as_posix()
    handle, members = open_zip(archive)
    if name not in members:
        raise FileNotFoundError(f"no {name} in {archive}")
    if members[name].file_size > MAX_FILE_BYTES:
        raise DataError(f"{path} would unpack to {members[name].file_size:,} bytes", cure="remove it")
    try:
        content = handle.read(members[name])
    except DAMAGE as error:
        raise DataError(
            f"{path} cannot be unpacked: {error}",
            cure="fetch or copy the archive again, or leave the file out with --skip-bad",
        ) from error
    yield io.BytesIO(content)


def read_bytes(path: Path) -> bytes:
    """Return what a file or a member of a zip file holds; raises DataError where it cannot be read or is too large."""
    try:
        with open_file(path) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror or error}",
            cure="check that it exists, and its permissions",
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise DataError(f"{path} has more than {MAX_FILE_BYTES:,} bytes", cure="remove it")
    return content


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar archive into `folder`; raises DataError before anything is written outside it."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as members:
                for member in members.infolist():
                    _check_member(archive, member.filename, stat.S_ISLNK(member.external_attr >> 16))
                _check_size(archive, sum(member.file_size for member in members.infolist()))
                members.extractall(folder)
        else:
            with tarfile.open(archive) as tar:
                for entry in tar:
                    _check_member(archive, entry.name, not (entry.isfile() or entry.isdir()))
                _check_size(archive, sum(entry.size for entry in tar))
                _extract_files(tar, folder)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError) as error:
        raise _unreadable(archive, error) from error
    except OSError as error:
        if error.errno is not None:  # of the disk, not of the archive's bytes
            raise
        raise _unreadable(archive, error) from error


def _extract_files(tar: tarfile.TarFile, folder: Path) -> None:
    # The contents alone: extractall would also set modes and owners, and Python before 3.11.4 has no filter against that.
    for entry in tar:
        if (content := tar.extractfile(entry)) is not None:
            place = folder / entry.name
            place.parent.mkdir(parents=True, exist_ok=True)
            with content, place.open("wb") as file:
                shutil.copyfileobj(content, file)


def _check_member(archive: Path, member: str, special: bool) -> None:
    name = member.replace("\\", "/")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name:
        raise _unsafe(archive, f"member '{member}' leads outside")
    if special:
        raise _unsafe(archive, f"member '{member}' is a link or a device")


def _check_size(archive: Path, unpacked_bytes: int) -> None:
    if unpacked_bytes > MAX_UNPACKED_BYTES:
        raise _unsafe(archive, f"it would unpack to {unpacked_bytes:,} bytes")


def _unsafe(archive: Path, why: str) -> DataError:
    return DataError(f"{archive} is not safe to unpack: {why}", cure="do not use this archive")


def _unreadable(archive: Path, error: Exception) -> DataError:
    return DataError(f"{archive} is not a readable archive: {error}", cure="fetch or copy it again")
