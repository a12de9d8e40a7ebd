"""From a picture to the model's input bytes, in integers only: the firmware computes the same bytes in C.

Order: (RGB565 -> RGB888) -> grayscale where the model wants one channel -> crop or squash -> exact area
average -> a table of 256 entries per channel from uint8 to the model's int8 input.
"""

import functools
from collections.abc import Sequence

import numpy as np

FITS = ("squash", "crop")
GRAY_WEIGHTS = (77, 150, 29)  # of R, G and B, in 1/256


@functools.lru_cache(maxsize=64)
def _overlaps(source: int, target: int) -> np.ndarray:
    """Return float64 [target, source]: how much of each source pixel lies in each target pixel.

    On a line of source * target units source pixel i covers [i * target, (i + 1) * target) and target pixel j
    covers [j * source, (j + 1) * source); each row sums to `source`.
    """
    source_start = np.arange(source)[None, :] * target
    target_start = np.arange(target)[:, None] * source
    overlap = np.minimum(source_start + target, target_start + source) - np.maximum(
        source_start, target_start
    )
    return np.maximum(overlap, 0).astype(np.float64)


def resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return uint8 [height, width, C]: the area average of uint8 [H, W, C], rounded half up.

    Every product and sum is an integer below 2**53, so float64 holds it exactly, in any order of summation.
    """
    source_height, source_width, channels = picture.shape
    if (source_height, source_width) == (height, width):
        return picture
    area = source_height * source_width
    by_rows = _overlaps(source_height, height) @ picture.reshape(source_height, -1).astype(np.float64)
    # Channels before columns: two large products are much faster than one small product for each row.
    lines = by_rows.reshape(height, source_width, channels).transpose(0, 2, 1).reshape(-1, source_width)
    total = (lines @ _overlaps(source_width, width).T).reshape(height, channels, width).transpose(0, 2, 1)
    return ((total.astype(np.int64) + area // 2) // area).astype(np.uint8)


def crop_square(picture: np.ndarray) -> np.ndarray:
    """Return the largest centred square of [H, W, C]; an odd surplus pixel is dropped at the end."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]


def to_gray(picture: np.ndarray) -> np.ndarray:
    """Return uint8 [H, W, 1] from uint8 [H, W, 3] RGB: (77 R + 150 G + 29 B + 128) >> 8."""
    red, green, blue = GRAY_WEIGHTS
    wide = picture.astype(np.uint32)
    gray = (red * wide[..., 0] + green * wide[..., 1] + blue * wide[..., 2] + 128) >> 8
    return gray.astype(np.uint8)[..., None]


def rgb565_to_rgb888(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 [..., 3] RGB from uint16 RGB565, each field widened by repeating its high bits."""
    red, green, blue = pixels >> 11, (pixels >> 5) & 63, pixels & 31
    wide = [red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2]
    return np.stack(wide, axis=-1).astype(np.uint8)


def rgb888_to_rgb565(picture: np.ndarray) -> np.ndarray:
    """Return uint16 RGB565 from uint8 [..., 3] RGB, the low bits cut off."""
    wide = picture.astype(np.uint16)
    return (wide[..., 0] >> 3) << 11 | (wide[..., 1] >> 2) << 5 | wide[..., 2] >> 3


def prepare(
    picture: np.ndarray, height: int, width: int, channels: int = 3, fit: str = "squash"
) -> np.ndarray:
    """Return uint8 [height, width, channels] as the model sees it, from uint8 [H, W, 3] RGB.

    `fit`: "squash" takes the whole view, "crop" the largest centred square.
    """
    if fit not in FITS:
        raise ValueError(f"fit is '{fit}', expected one of {', '.join(FITS)}")
    if fit == "crop":
        picture = crop_square(picture)
    if channels == 1:
        picture = to_gray(picture)
    return resize(picture, height, width)


def input_tables(mean: Sequence[float], std: Sequence[float], scale: float, zero_point: int) -> np.ndarray:
    """Return int8 [C, 256]: the model's input byte for each uint8 value, as (v / 255 - mean) / std quantized.

    Rounds half away from zero like TensorFlow Lite, and saturates at -128 and 127.
    """
    real = (np.arange(256) / 255 - np.asarray(mean)[:, None]) / np.asarray(std)[:, None]
    steps = real / scale
    rounded = np.trunc(steps + np.copysign(0.5, steps)) + zero_point
    return np.clip(rounded, -128, 127).astype(np.int8)


def quantize(prepared: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Return int8 [H, W, C] from uint8 [H, W, C] through `tables`, int8 [C, 256]."""
    return tables[np.arange(prepared.shape[-1]), prepared]
