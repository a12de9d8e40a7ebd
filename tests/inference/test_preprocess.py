"""Pictures to the model's bytes: exact against definitions written another way."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml.inference.preprocess import (
    crop_square,
    input_tables,
    prepare,
    quantize,
    resize,
    rgb565_to_rgb888,
    rgb888_to_rgb565,
    to_gray,
)


def picture_of(seed: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def resize_by_repetition(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Area average the plain way: repeat each pixel until both grids fit, then average whole blocks."""
    source_height, source_width, channels = picture.shape
    fine = picture.astype(np.int64).repeat(height, axis=0).repeat(width, axis=1)
    blocks = fine.reshape(height, source_height, width, source_width, channels).sum(axis=(1, 3))
    area = source_height * source_width
    return ((blocks + area // 2) // area).astype(np.uint8)


@given(st.integers(0, 2**32), *[st.integers(1, 40)] * 4)
def test_resize_equals_repetition(seed: int, height: int, width: int, to_height: int, to_width: int) -> None:
    picture = picture_of(seed, height, width, 1)
    expected = resize_by_repetition(picture, to_height, to_width)
    assert np.array_equal(resize(picture, to_height, to_width), expected)


def test_resize_equals_fractions_on_a_camera_frame() -> None:
    picture = picture_of(1, 120, 160, 1)
    resized = resize(picture, 96, 96)
    for y, x in ((0, 0), (17, 95), (95, 50)):
        total = Fraction(0)
        for row in range(120):
            for column in range(160):
                tall = min(Fraction(row + 1) * 96 / 120, y + 1) - max(Fraction(row) * 96 / 120, y)
                wide = min(Fraction(column + 1) * 96 / 160, x + 1) - max(Fraction(column) * 96 / 160, x)
                if tall > 0 and wide > 0:
                    total += tall * wide * int(picture[row, column, 0])
        assert resized[y, x, 0] == int(total + Fraction(1, 2))


def test_resize_is_exact_on_a_large_picture_at_both_ends() -> None:
    for value in (0, 255):
        picture = np.full((3001, 2999, 1), value, np.uint8)
        assert (resize(picture, 97, 95) == value).all()


def test_halves_round_up() -> None:
    assert resize(np.array([[[0], [1]]], np.uint8), 1, 1).item() == 1
    assert resize(np.array([[[0], [0], [1]]], np.uint8), 1, 1).item() == 0


@pytest.mark.parametrize(
    ("height", "width", "top", "left"), [(5, 9, 0, 2), (9, 5, 2, 0), (4, 7, 0, 1), (3, 3, 0, 0)]
)
def test_crop_takes_the_middle(height: int, width: int, top: int, left: int) -> None:
    picture = picture_of(2, height, width)
    side = min(height, width)
    assert np.array_equal(crop_square(picture), picture[top : top + side, left : left + side])


def test_gray_weights() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]]], np.uint8)
    assert to_gray(colours)[..., 0].tolist() == [[77, 149, 29, 255, 0]]
    same = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert np.array_equal(to_gray(same)[0, :, 0], np.arange(256))  # gray stays itself


def test_rgb565_keeps_black_white_and_its_own_values() -> None:
    every = np.arange(65536, dtype=np.uint16)
    wide = rgb565_to_rgb888(every)
    assert wide[0].tolist() == [0, 0, 0] and wide[-1].tolist() == [255, 255, 255]
    assert np.array_equal(rgb888_to_rgb565(wide), every)
    assert rgb565_to_rgb888(np.uint16(0b10000_100000_00001))[...].tolist() == [132, 130, 8]


def test_prepare_goes_gray_before_it_resizes() -> None:
    picture = picture_of(3, 31, 47)
    expected = resize_by_repetition(to_gray(crop_square(picture)), 16, 24)
    assert np.array_equal(prepare(picture, 16, 24, channels=1, fit="crop"), expected)
    assert prepare(picture, 16, 24).shape == (16, 24, 3)
    with pytest.raises(ValueError, match="stretch"):
        prepare(picture, 16, 24, fit="stretch")


def test_tables_round_half_away_from_zero_and_saturate() -> None:
    tables = input_tables([0.5, 0.0], [0.5, 1.0], scale=1 / 128, zero_point=-1)
    assert tables.shape == (2, 256) and tables.dtype == np.int8
    for channel, (mean, std) in enumerate(((0.5, 0.5), (0, 1))):
        for value in range(256):
            exact = (Fraction(value, 255) - Fraction(mean)) / Fraction(std) * 128
            rounded = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
            assert tables[channel, value] == max(-128, min(127, rounded - 1)), (channel, value)


def test_quantize_looks_each_channel_up_in_its_own_table() -> None:
    tables = np.stack([np.full(256, -5), np.arange(256) - 128]).astype(np.int8)
    picture = picture_of(4, 3, 5, 2)
    quantized = quantize(picture, tables)
    assert quantized.dtype == np.int8
    assert (quantized[..., 0] == -5).all()
    assert np.array_equal(quantized[..., 1], picture[..., 1].astype(int) - 128)
