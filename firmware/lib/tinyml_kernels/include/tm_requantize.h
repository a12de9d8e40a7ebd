/* 32-bit accumulators to 8-bit values, with TensorFlow Lite's double rounding. */
#ifndef TM_REQUANTIZE_H
#define TM_REQUANTIZE_H

#include <stdint.h>

/* High half of 2 * a * b, rounded to nearest, halves upwards; saturates where a = b = INT32_MIN. */
static inline int32_t tm_doubling_high_multiply(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* value / 2^exponent, rounded to nearest, halves away from zero; exponent 0 .. 31. */
static inline int32_t tm_divide_by_power_of_two(int32_t value, int exponent) {
    const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1u);
    const int32_t remainder = value & mask;
    const int32_t threshold = (mask >> 1) + (value < 0);
    return (value >> exponent) + (remainder > threshold);
}

/* value * multiplier * 2^(shift - 31); a shift to the left wraps around as the reference's does. */
static inline int32_t tm_requantize(int32_t value, int32_t multiplier, int shift) {
    const int left = shift > 0 ? shift : 0;
    const int right = shift > 0 ? 0 : -shift;
    const int32_t shifted = (int32_t)((uint32_t)value << left);
    return tm_divide_by_power_of_two(tm_doubling_high_multiply(shifted, multiplier), right);
}

static inline int32_t tm_clamp(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

#endif
