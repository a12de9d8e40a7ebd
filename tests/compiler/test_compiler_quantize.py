"""Requantization against exact rational arithmetic, and C against Python, INT32 edges included."""

import ctypes
import math
import subprocess
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml.compiler.check.host import c_compiler, kernel_sources
from tinyml.compiler.quantize import (
    INT32_MAX,
    INT32_MIN,
    divide_by_power_of_two,
    doubling_high_multiply,
    exp_on_negative,
    logistic,
    one_over_one_plus,
    quantize_multiplier,
    requantize,
    wrapped,
)

EDGES = [
    INT32_MIN,
    INT32_MIN + 1,
    -(1 << 30),
    -2,
    -1,
    0,
    1,
    2,
    (1 << 30) - 1,
    1 << 30,
    INT32_MAX - 1,
    INT32_MAX,
]
int32 = st.one_of(st.sampled_from(EDGES), st.integers(INT32_MIN, INT32_MAX))
multipliers = st.one_of(st.sampled_from([0, 1 << 30, INT32_MAX]), st.integers(1 << 30, INT32_MAX))
shifts = st.integers(-31, 30)


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def half_away(value: Fraction) -> int:
    return half_up(value) if value >= 0 else -half_up(-value)


@pytest.fixture(scope="module")
def c_functions(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The inline functions of tm_requantize.h, callable."""
    folder = tmp_path_factory.mktemp("requantize")
    source = folder / "requantize.c"
    source.write_text(
        '#include "tm_requantize.h"\n'
        "int32_t high(int32_t a, int32_t b) { return tm_doubling_high_multiply(a, b); }\n"
        "int32_t divide(int32_t v, int e) { return tm_divide_by_power_of_two(v, e); }\n"
        "int32_t all(int32_t v, int32_t m, int s) { return tm_requantize(v, m, s); }\n"
    )
    command = [c_compiler(), "-std=c99", "-O2", "-shared", "-fPIC", f"-I{kernel_sources()[0]}", str(source)]
    subprocess.run([*command, "-o", str(folder / "requantize.so")], check=True)
    return ctypes.CDLL(str(folder / "requantize.so"))


@given(int32, int32)
def test_doubling_high_multiply_is_exact(c_functions: ctypes.CDLL, a: int, b: int) -> None:
    exact = min(INT32_MAX, half_up(Fraction(a * b, 1 << 31)))
    assert doubling_high_multiply(a, b) == exact
    assert c_functions.high(a, b) == exact


@given(int32, st.integers(0, 31))
def test_division_is_exact(c_functions: ctypes.CDLL, value: int, exponent: int) -> None:
    exact = half_away(Fraction(value, 1 << exponent))
    assert divide_by_power_of_two(value, exponent) == exact
    assert c_functions.divide(value, exponent) == exact


@given(int32, multipliers, shifts)
def test_requantization_rounds_twice(
    c_functions: ctypes.CDLL, value: int, multiplier: int, shift: int
) -> None:
    shifted = wrapped(value << max(shift, 0))
    exact = half_away(
        Fraction(min(INT32_MAX, half_up(Fraction(shifted * multiplier, 1 << 31))), 1 << max(-shift, 0))
    )
    assert requantize(value, multiplier, shift) == exact
    assert c_functions.all(value, multiplier, shift) == exact


@given(st.floats(2.0**-30, 2.0**29, allow_nan=False))
def test_multipliers_are_the_nearest_of_31_bits(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert 1 << 30 <= multiplier <= INT32_MAX
    assert -31 <= shift <= 30
    assert abs(Fraction(multiplier) * Fraction(2) ** (shift - 31) / Fraction(real) - 1) <= Fraction(
        1, 1 << 31
    )


@pytest.mark.parametrize("real", [0.0, 2.0**-40])
def test_multipliers_too_small_to_matter_are_zero(real: float) -> None:
    assert quantize_multiplier(real) == (0, 0)


@given(st.integers(-(1 << 31) + 1, 0))
def test_exponential_is_close(fixed: int) -> None:
    exact = math.exp(fixed / (1 << 26))
    assert abs(exp_on_negative(fixed, 5) / (1 << 31) - exact) < 4e-7


@given(st.integers(0, INT32_MAX))
def test_reciprocal_is_close(fixed: int) -> None:
    exact = 1 / (1 + fixed / (1 << 31))
    assert abs(one_over_one_plus(fixed) / (1 << 31) - exact) < 2e-8


@given(st.integers(-(1 << 31) + 1, INT32_MAX))
def test_logistic_is_close_and_symmetric(fixed: int) -> None:
    assert abs(logistic(fixed, 4) / (1 << 31) - 1 / (1 + math.exp(-fixed / (1 << 27)))) < 4e-7
    if fixed:
        assert logistic(fixed, 4) + logistic(-fixed, 4) == INT32_MAX
