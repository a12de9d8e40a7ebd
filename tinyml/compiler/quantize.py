"""TensorFlow Lite's fixed-point arithmetic in Python integers: what is computed at compile time, not at run time."""

import math

from tinyml.errors import ModelError

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
EXP_MINUS_ONE_EIGHTH = 1895147668  # Q0.31
ONE_THIRD = 715827883  # Q0.31
EXP_OF_MINUS_POWERS = {  # Q0.31 of exp(-2^k)
    -2: 1672461947, -1: 1302514674, 0: 790015084, 1: 290630308, 2: 39332535, 3: 720401, 4: 242,
}  # fmt: skip


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Return (Q31 multiplier, shift) with real = multiplier * 2^(shift - 31); shift is -31 to 30.

    Raises ModelError where `real` is infinite or not a number, because scales are too far apart.
    """
    if not math.isfinite(real):
        raise ModelError(
            f"the scales of two tensors have no usable ratio: {real}", cure="quantize the model again"
        )
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = math.floor(abs(fraction) * (1 << 31) + 0.5) * (1 if real > 0 else -1)
    if abs(multiplier) == 1 << 31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    if shift > 30:
        return INT32_MAX, 30
    return multiplier, shift


def wrapped(value: int) -> int:
    """Return `value` modulo 2^32 as int32."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def saturated(value: int) -> int:
    """Return the nearest int32."""
    return max(INT32_MIN, min(INT32_MAX, value))


def doubling_high_multiply(a: int, b: int) -> int:
    """Return the high half of 2ab, rounded to nearest, halves upwards, saturated."""
    return saturated((a * b + (1 << 30)) >> 31)


def divide_by_power_of_two(value: int, exponent: int) -> int:
    """Return value / 2^exponent, rounded to nearest, halves away from zero."""
    if exponent == 0:
        return value
    half = 1 << (exponent - 1)
    return (value + half) >> exponent if value >= 0 else -((-value + half) >> exponent)


def requantize(value: int, multiplier: int, shift: int) -> int:
    """Return value * multiplier * 2^(shift - 31) with the double rounding; the left shift wraps around."""
    shifted = wrapped(value << max(shift, 0))
    return divide_by_power_of_two(doubling_high_multiply(shifted, multiplier), max(-shift, 0))


def exp_on_negative(value: int, integer_bits: int) -> int:
    """Return exp(value) in Q0.31 for a value <= 0 with `integer_bits` bits before the binary point."""
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    remainder = (value & (quarter - 1)) - quarter  # in [-1/4, 0)
    x = wrapped(remainder << integer_bits) + (1 << 28)
    square = doubling_high_multiply(x, x)
    cube = doubling_high_multiply(square, x)
    fourth = divide_by_power_of_two(doubling_high_multiply(square, square), 2)
    series = divide_by_power_of_two(doubling_high_multiply(fourth + cube, ONE_THIRD) + square, 1)
    result = EXP_MINUS_ONE_EIGHTH + doubling_high_multiply(EXP_MINUS_ONE_EIGHTH, x + series)
    distance = remainder - value
    for power, factor in EXP_OF_MINUS_POWERS.items():
        if integer_bits > power and distance & (1 << (fraction_bits + power)):
            result = doubling_high_multiply(result, factor)
    if integer_bits > 5 and value < -(1 << (fraction_bits + 5)):
        result = 0
    return INT32_MAX if value == 0 else result


def one_over_one_plus(x: int) -> int:
    """Return 1 / (1 + x) in Q0.31 for x in Q0.31, 0 <= x < 1."""
    half_denominator = (x + INT32_MAX + 1) >> 1
    estimate = 1515870810 + doubling_high_multiply(half_denominator, -1010580540)  # Q2.29: 48/17 - 32/17 d
    for _ in range(3):
        error = (1 << 29) - doubling_high_multiply(half_denominator, estimate)
        estimate += saturated(doubling_high_multiply(estimate, error) * 4)
    return saturated(estimate * 2)


def logistic(value: int, integer_bits: int) -> int:
    """Return 1 / (1 + exp(-value)) in Q0.31."""
    if value == 0:
        return 1 << 30
    positive = one_over_one_plus(exp_on_negative(-abs(value), integer_bits))
    return positive if value > 0 else INT32_MAX - positive


def tanh(value: int, integer_bits: int) -> int:
    """Return tanh(value) in Q0.31 for a value with `integer_bits` bits before the binary point."""
    if value == 0:
        return 0
    exponential = exp_on_negative(-abs(value), integer_bits + 1)  # exp(-2 |value|)
    half_denominator = (exponential + INT32_MAX + 1) >> 1
    estimate = 1515870810 + doubling_high_multiply(half_denominator, -1010580540)  # as above
    for _ in range(3):
        error = (1 << 29) - doubling_high_multiply(half_denominator, estimate)
        estimate += saturated(doubling_high_multiply(estimate, error) * 4)
    positive = saturated((estimate - (1 << 29)) * 4)
    return positive if value > 0 else -positive


def inverse_square_root(value: int, reverse_shift: int) -> tuple[int, int]:
    """Return (Q31 multiplier, shift) of 1 / sqrt(value); shifts to the left are positive where reverse_shift is -1."""
    if value <= 1:
        return INT32_MAX, 0
    shift = 11
    while value >= 1 << 29:
        value //= 4
        shift += 1
    pairs = (31 - value.bit_length()) // 2 - 1
    shift -= pairs
    value <<= 2 * pairs
    x = 1 << 28  # one in Q3.28
    half = divide_by_power_of_two(value >> 1, 1)
    three_halves = (1 << 28) + (1 << 27)
    for _ in range(5):
        cube = saturated(doubling_high_multiply(doubling_high_multiply(x, x), x) * (1 << 6))
        x = saturated(
            (doubling_high_multiply(x, three_halves) - doubling_high_multiply(half, cube)) * (1 << 3)
        )
    multiplier = doubling_high_multiply(x, 1518500250)  # sqrt(2) / 2
    if shift < 0:
        multiplier <<= -shift
        shift = 0
    return multiplier, shift * reverse_shift
