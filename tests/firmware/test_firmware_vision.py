"""The firmware's preprocessing against Python's: the same bytes, for pictures of odd sizes in every camera format."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tinyml.inference.centroids import Centroid, find_centroids
from tinyml.inference.preprocess import prepare, rgb565_to_rgb888, rgb888_to_rgb565

LIBRARY = Path(__file__).parents[2] / "firmware" / "lib" / "tinyml_vision"
RGB888, GRAY8, RGB565_BIG, RGB565_LITTLE = range(4)
STATE_BYTES = 256  # more than tv_resizer has
PICTURES = 1000
MAPS = 10_000


@pytest.fixture(scope="module")
def vision(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    path = tmp_path_factory.mktemp("vision") / "libvision.so"
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-shared", "-fPIC"]
    subprocess.run(
        [
            compiler,
            *flags,
            f"-I{LIBRARY / 'include'}",
            *map(str, (LIBRARY / "src").glob("*.c")),
            "-o",
            str(path),
        ],
        check=True,
    )
    return ctypes.CDLL(str(path))


def resize_in_c(
    vision: ctypes.CDLL,
    frame: np.ndarray,
    pixel_format: int,
    height: int,
    width: int,
    channels: int,
    fit: str,
) -> np.ndarray:
    """Return uint8 [height, width, channels] of the C library for a frame uint8 [H, W, bytes of a pixel]."""
    state = ctypes.create_string_buffer(STATE_BYTES)
    words = (ctypes.c_uint32 * (2 * width * channels))()
    picture = np.zeros((height, width, channels), np.uint8)
    assert vision.tv_resize_begin(
        state, frame.shape[1], frame.shape[0], pixel_format, width, height, channels, fit == "crop", words
    )
    done = 0
    for row in frame:
        vision.tv_resize_push(state, np.ascontiguousarray(row).ctypes.data_as(ctypes.c_void_p))
        while done < height and vision.tv_resize_pull(state, picture[done].ctypes.data_as(ctypes.c_void_p)):
            done += 1
    assert done == height
    return picture


def test_equal_on_a_thousand_pictures_of_odd_sizes(vision: ctypes.CDLL) -> None:
    random = np.random.default_rng(20240501)
    for number in range(PICTURES):
        source = random.integers(1, 200, size=2)
        height, width = (int(size) for size in random.integers(1, 100, size=2))
        channels, fit = (1, 3)[number % 2], ("squash", "crop")[number // 2 % 2]
        picture = random.integers(0, 256, size=(*source, 3), dtype=np.uint8)
        if number % 3 == 0:  # black and white alone reach the ends of every sum
            picture = (picture // 128 * 255).astype(np.uint8)
        pixel_format = number % 7 % 4
        if pixel_format in (RGB565_BIG, RGB565_LITTLE):
            packed = rgb888_to_rgb565(picture)
            picture = rgb565_to_rgb888(packed)
            order = ">u2" if pixel_format == RGB565_BIG else "<u2"
            frame = packed.astype(order).view(np.uint8).reshape(*source, 2)
        elif pixel_format == GRAY8:
            frame = picture[..., :1]
            picture = np.repeat(frame, 3, axis=2)
        else:
            frame = picture
        expected = prepare(picture, height, width, channels, fit)
        got = resize_in_c(vision, frame, pixel_format, height, width, channels, fit)
        assert np.array_equal(got, expected), (
            f"picture {number}: {source} to {height}x{width}, format {pixel_format}"
        )


def test_every_rgb565_pixel(vision: ctypes.CDLL) -> None:
    packed = np.arange(65536, dtype=np.uint16)
    for pixel_format, order in ((RGB565_BIG, ">u2"), (RGB565_LITTLE, "<u2")):
        frame = packed.astype(order).view(np.uint8).reshape(256, 256, 2)
        got = resize_in_c(vision, frame, pixel_format, 256, 256, 3, "squash")
        assert np.array_equal(got.reshape(-1, 3), rgb565_to_rgb888(packed))


@pytest.mark.parametrize("shape", [(1200, 1600), (4096, 4096), (1, 65536), (16384, 1)])
def test_the_sums_of_the_largest_frames_fit(vision: ctypes.CDLL, shape: tuple[int, int]) -> None:
    frame = np.full((*shape, 1), 255, np.uint8)
    for size in (1, 96, 255):
        assert (resize_in_c(vision, frame, GRAY8, size, size, 3, "squash") == 255).all()


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5), (5000, 5000)])
def test_impossible_sizes_are_refused(vision: ctypes.CDLL, size: tuple[int, int]) -> None:
    state, words = ctypes.create_string_buffer(STATE_BYTES), (ctypes.c_uint32 * 600)()
    assert not vision.tv_resize_begin(state, *size, RGB888, 96, 96, 3, 0, words)


class Object(ctypes.Structure):
    """tv_object."""

    _fields_ = [(name, ctypes.c_int) for name in ("label", "x", "y", "score", "cells")]


def centroids_in_c(vision: ctypes.CDLL, scores: np.ndarray, thresholds: list[int]) -> list[Centroid]:
    """Return what tv_centroids finds in uint8 scores [H, W, 1 + classes]."""
    height, width, channels = scores.shape
    outputs = np.ascontiguousarray((scores.astype(int) - 128).astype(np.int8))
    objects = (Object * (height * width))()
    count = vision.tv_centroids(
        outputs.ctypes.data_as(ctypes.c_void_p),
        height,
        width,
        channels - 1,
        (ctypes.c_uint16 * len(thresholds))(*thresholds),
        (ctypes.c_uint8 * (height * width))(),
        (ctypes.c_uint16 * (height * width))(),
        objects,
        len(objects),
    )
    return [Centroid(*(getattr(one, name) for name, _ in Object._fields_)) for one in objects[:count]]


def test_centroids_equal_on_ten_thousand_maps(vision: ctypes.CDLL) -> None:
    random = np.random.default_rng(20240502)
    objects = 0
    for number in range(MAPS):
        height, width = (int(size) for size in random.integers(1, 14, size=2))
        classes = int(random.integers(1, 5))
        scores = random.integers(0, 256, size=(height, width, 1 + classes), dtype=np.uint8)
        if number % 2:  # few values: ties between classes and between cells
            scores = scores // 64 * 85
        thresholds = [int(value) for value in random.integers(0, 257, size=classes)]
        expected = find_centroids(scores, thresholds)
        assert centroids_in_c(vision, scores, thresholds) == expected, f"map {number}"
        objects += len(expected)
    assert objects > MAPS


def test_centroids_of_the_largest_map(vision: ctypes.CDLL) -> None:
    """One object of 40 x 40 cells of score 255: the largest sums that there are."""
    scores = np.full((40, 40, 2), 255, np.uint8)
    assert centroids_in_c(vision, scores, [256]) == []
    assert (
        centroids_in_c(vision, scores, [255])
        == find_centroids(scores, [255])
        == [Centroid(0, 5120, 5120, 255, 1600)]
    )
