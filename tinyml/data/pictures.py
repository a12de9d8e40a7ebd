"""Pictures in, from folders and from zip files: found by name, decoded once, the same way everywhere."""

import functools
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tinyml.errors import DataError

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".pgm"}
# By content, whatever the name says; rarer decoders are left shut.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "PPM", "GIF")
MAX_PIXELS = (
    100_000_000  # more is a mistake or a decompression bomb; a phone's largest picture has 200 million
)
MAX_FILE_BYTES = 256 * 1024 * 1024
REPLACE = "replace or remove it; tinyml train --skip-bad leaves such files out"
ORIENTATION_TAG = 0x0112
SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that exchange width and height


def is_picture(name: str) -> bool:
    """Tell whether a file name is a picture's, and not a hidden file's."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


@functools.lru_cache(maxsize=8)
def _open_zip(path: Path, process: int) -> zipfile.ZipFile:
    # One handle per process: a handle shared through fork would share its file position too.
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} is not a readable zip file: {error}", cure="fetch or copy it again"
        ) from error


def open_zip(path: Path) -> zipfile.ZipFile:
    """Return this process's open handle of a zip file; raises DataError where it is damaged."""
    return _open_zip(path, os.getpid())


def archive_of(path: Path) -> Path | None:
    """Return the zip file that `path` is or leads into; None where it is an ordinary path."""
    return next(
        (place for place in (path, *path.parents) if place.suffix == ".zip" and place.is_file()), None
    )


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or a member of a zip file when `path` leads into one; raises FileNotFoundError."""
    archive = archive_of(path.parent)
    if archive is None:
        with path.open("rb") as stream:
            yield stream
        return
    name = path.relative_to(archive).as_posix()
    members = open_zip(archive)
    try:
        information = members.getinfo(name)
    except KeyError as error:
        raise FileNotFoundError(f"no {name} in {archive}") from error
    if information.file_size > MAX_FILE_BYTES:
        raise DataError(f"{path} would unpack to {information.file_size:,} bytes", cure="remove it")
    yield io.BytesIO(members.read(name))


@contextmanager
def _open_picture(path: Path) -> Iterator[Image.Image]:
    try:
        with open_file(path) as stream, Image.open(stream, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError(
                    f"{path} has {picture.width} x {picture.height} pixels, more than {MAX_PIXELS:,}",
                    cure="scale it down; the network sees far fewer pixels anyway",
                )
            yield picture
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist") from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{path} is not a readable picture: it is none of {', '.join(FORMATS)}", cure=REPLACE
        ) from error
    # Pillow and zipfile report damage through many types; each means that this file cannot be decoded.
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is not a readable picture: {error}", cure=REPLACE) from error
    except (zipfile.BadZipFile, ArithmeticError, LookupError, TypeError, NotImplementedError) as error:
        raise DataError(f"{path} is not a readable picture: {error}", cure=REPLACE) from error


def picture_size(path: str | Path) -> tuple[int, int]:
    """Return (width, height) as `read_picture` would give them, from the header alone; raises DataError."""
    with _open_picture(Path(path)) as picture:
        width, height = picture.size
        sideways = picture.getexif().get(ORIENTATION_TAG) in SIDEWAYS
    return (height, width) if sideways else (width, height)


def read_picture(path: str | Path) -> np.ndarray:
    """Return a picture as uint8 [height, width, 3] RGB, upright by its EXIF orientation, transparency on white.

    Raises DataError that names the file where it is missing, damaged, cut short or too large.
    """
    with _open_picture(Path(path)) as picture:
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:
            upright = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
        return np.asarray(upright.convert("RGB"))
