"""Pictures in, from folders and from zip files: found by name, decoded once, the same way everywhere."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tinyml.data.archives import DAMAGE, open_file
from tinyml.errors import DataError

# By content, whatever the name says: what the web, phones and cameras write.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "PPM", "GIF")
COMMON = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".ppm", ".pgm", ".gif")
# Rarer decoders are opened for the files alone that are named for them.
RARE = {".tif": "TIFF", ".tiff": "TIFF", ".avif": "AVIF", ".heic": "HEIF", ".heif": "HEIF"}
SUFFIXES = {*COMMON, *RARE}
HEIC = (".heic", ".heif")
MAX_PIXELS = (
    100_000_000  # more is a mistake or a decompression bomb; a phone's largest picture has 200 million
)
REPLACE = "replace or remove it; tinyml train --skip-bad leaves such files out"
ORIENTATION_TAG = 0x0112


def is_picture(name: str) -> bool:
    """Tell whether a file name is a picture's, and not a hidden file's."""
    last = name.rpartition("/")[2]
    return posixpath.splitext(last)[1].lower() in SUFFIXES and not last.startswith(".")


def heic_is_readable() -> bool:
    """Tell whether the extra `heic` is installed, and let Pillow use it."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def _decoders(path: Path) -> tuple[str, ...]:
    suffix = path.suffix.lower()
    if suffix in HEIC and not heic_is_readable():
        raise DataError(f"{path} is a HEIC picture", cure="pip install 'tinyml[heic]', or export it as JPEG")
    return (*FORMATS, RARE[suffix]) if suffix in RARE else FORMATS


@contextmanager
def _open_picture(path: Path) -> Iterator[Image.Image]:
    formats = _decoders(path)
    try:
        with open_file(path) as stream, Image.open(stream, formats=formats) as picture:
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
            f"{path} is not a readable picture: it is none of {', '.join(formats)}", cure=REPLACE
        ) from error
    # Pillow reports damage through many types; each means that this file cannot be decoded.
    except (
        *DAMAGE,
        SyntaxError,
        ArithmeticError,
        TypeError,
        AttributeError,
        Image.DecompressionBombError,
    ) as error:
        raise DataError(f"{path} is not a readable picture: {error}", cure=REPLACE) from error


def picture_frames(path: str | Path) -> tuple[tuple[int, int], int]:
    """Return (width, height) as stored, and the EXIF orientation (1: upright), from the header; raises DataError."""
    with _open_picture(Path(path)) as picture:
        orientation = picture.getexif().get(ORIENTATION_TAG, 1)
        return picture.size, orientation if orientation in range(2, 9) else 1


def picture_size(path: str | Path) -> tuple[int, int]:
    """Return (width, height) as `read_picture` would give them, from the header alone; raises DataError."""
    (width, height), orientation = picture_frames(path)
    return (height, width) if orientation >= 5 else (width, height)


def read_picture(path: str | Path) -> np.ndarray:
    """Return a picture as uint8 [height, width, 3] RGB, upright by its EXIF orientation, transparency on white.

    Gray of more than 8 bits is scaled to them; of an animation the first frame is taken. Raises DataError that names the
    file where it is missing, damaged, cut short or too large.
    """
    with _open_picture(Path(path)) as picture:
        picture.load()
        return np.asarray(_as_people_see_it(picture))


def preview(path: str | Path, side: int) -> Image.Image:
    """Return a picture as `read_picture` does, no side longer than `side` pixels: quicker, and only for people's eyes."""
    with _open_picture(Path(path)) as picture:
        picture.draft("RGB", (side, side))  # a JPEG decoder can leave out what a small picture does not show
        small = _as_people_see_it(picture)
        small.thumbnail((side, side), Image.Resampling.BILINEAR)
        return small


def _as_people_see_it(picture: Image.Image) -> Image.Image:
    """Return an opened picture as upright RGB of 8 bits, transparency on white."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith(("I", "F")):
        upright = _eight_bits(np.asarray(upright))
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    return upright.convert("RGB")


def _eight_bits(deep: np.ndarray) -> Image.Image:
    """Return a gray picture of 16 bits, or of whole or real numbers of any size, as people see it."""
    values = np.nan_to_num(deep.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 65535:  # no known scale: from the darkest to the lightest
        values, high = (values - low) * (255 / max(high - low, 1e-9)), 255.0
    elif deep.dtype.itemsize == 2 or high > 255:
        values = values / 257
    elif 0 < high <= 1 and deep.dtype.kind == "f":
        values = values * 255
    return Image.fromarray(np.floor(values + 0.5).astype(np.uint8))
