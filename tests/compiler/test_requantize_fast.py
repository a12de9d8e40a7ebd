"""The fast requantization against TFLite's arithmetic, accumulator by accumulator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml.compiler.quantize import quantize_multiplier
from tinyml.compiler.targets.requantize_fast import FastRequantize, prove, requantize


def fast(acc: np.ndarray, constants: FastRequantize) -> np.ndarray:
    """Return what the LX6 kernel computes, in wrapping 32-bit arithmetic."""
    acc = acc.astype(np.int32)
    offsets = np.where(acc < 0, constants.negative_offset, constants.offset).astype(np.int32)
    with np.errstate(over="ignore"):
        value = acc * np.int32(constants.coarse) + ((acc * np.int32(constants.fine)) >> 16) + offsets
    return np.clip(value >> constants.shift, -128, 127)


def reference(acc: int, multiplier: int, shift: int) -> int:
    """Return TFLite's MultiplyByQuantizedMultiplier in Python's integers, written from its definition."""
    product = (acc << max(shift, 0)) * multiplier
    nudged = product + ((1 << 30) if product >= 0 else 1 - (1 << 30))
    high = abs(nudged) >> 31  # C's division cuts towards zero
    high = high if nudged >= 0 else -high
    right = max(-shift, 0)
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))


@given(st.integers(-(2**24), 2**24), st.integers(2**30, 2**31 - 1), st.integers(-20, 3))
def test_requantize_is_the_references(acc: int, multiplier: int, shift: int) -> None:
    assert requantize(np.array(acc), np.array(multiplier), np.array(shift)) == reference(
        acc, multiplier, shift
    )


@pytest.mark.parametrize("seed", range(12))
def test_proven_constants_give_the_same_bytes_for_every_accumulator(seed: int) -> None:
    random = np.random.default_rng(seed)
    taps = int(random.choice([8, 9, 16, 27, 96]))
    weights = np.clip(np.round(random.normal(0, 45, (16, taps))), -127, 127).astype(np.int64)
    scales = 10.0 ** random.uniform(-4, -1.5, 16)
    multiplier, shift = np.array([quantize_multiplier(scale) for scale in scales]).T
    zero_point = int(random.choice([-128, -5, 40]))
    bias = random.integers(-20000, 20000, 16)
    constants = prove(weights, bias, multiplier, shift, zero_point, -128, 127)
    assert sum(found.proven for found in constants) >= 12, "hardly anything could be proven"
    for channel, found in enumerate(constants):
        if not found.proven:
            continue
        start = int(bias[channel] - 128 * weights[channel].sum())
        low = start + 255 * int(np.minimum(weights[channel], 0).sum())
        high = start + 255 * int(np.maximum(weights[channel], 0).sum())
        acc = np.arange(low, high + 1)
        wanted = np.clip(requantize(acc, multiplier[channel], shift[channel]) + zero_point, -128, 127)
        np.testing.assert_array_equal(fast(acc + found.start - start, found), wanted)


def test_a_narrower_clamp_is_not_claimed() -> None:
    weights = np.ones((2, 8), np.int64)
    constants = prove(weights, np.zeros(2), np.full(2, 2**30), np.full(2, -6), 0, -100, 127)
    assert not any(found.proven for found in constants)


def test_a_dead_channel_is_a_constant() -> None:
    (found,) = prove(np.zeros((1, 8)), np.zeros(1), np.array([2**30]), np.array([-3]), 7, -128, 127)
    assert found.proven
    assert fast(np.array([found.start]), found) == 7
