/* Functions of numbers with a binary point, as TensorFlow Lite's integers compute them. Qm.n has n bits after it. */
#ifndef TM_FIXED_POINT_H
#define TM_FIXED_POINT_H

#include "tm_requantize.h"

static inline int tm_leading_zeros(uint32_t value) {
    int count = 0;
    for (uint32_t bit = UINT32_C(1) << 31; bit != 0 && (value & bit) == 0; bit >>= 1) {
        ++count;
    }
    return count;
}

static inline int32_t tm_saturate(int64_t value) {
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* 1 / (1 + x) in Q0.31 for x in [0, 1) in Q0.31: three Newton steps in Q2.29 from the line 48/17 - 32/17 * (1 + x)/2. */
static inline int32_t tm_one_over_one_plus(int32_t x) {
    const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
    int32_t estimate = 1515870810 + tm_doubling_high_multiply(half_denominator, -1010580540);
    for (int step = 0; step < 3; ++step) {
        const int32_t product = tm_doubling_high_multiply(half_denominator, estimate);
        const int32_t error = (INT32_C(1) << 29) - product;
        estimate += tm_doubling_high_multiply(estimate, error) * 4;
    }
    return estimate > INT32_MAX / 2 ? INT32_MAX : estimate * 2;
}

/* 1 / value for value > 0: a multiplier in Q0.31, to be shifted right by *right bits. */
static inline int32_t tm_reciprocal(int32_t value, int *right) {
    const int zeros = tm_leading_zeros((uint32_t)value);
    *right = 31 - zeros;
    return tm_one_over_one_plus((int32_t)(((uint32_t)value << zeros) - (UINT32_C(1) << 31)));
}

/* 1 / sqrt(value) for value >= 0 (0 counts as 1): a multiplier in Q0.31, to be shifted right by *right bits. */
static inline int32_t tm_inverse_square_root(int32_t value, int *right) {
    *right = 0;
    if (value <= 1) {
        return INT32_MAX;
    }
    int shift = 11;
    while (value >= INT32_C(1) << 29) {
        value /= 4;
        ++shift;
    }
    const int pairs = (tm_leading_zeros((uint32_t)value) - 1) / 2 - 1;
    shift -= pairs;
    value *= INT32_C(1) << (2 * pairs);
    const int32_t half = tm_divide_by_power_of_two(value >> 1, 1);
    int32_t x = INT32_C(1) << 28; /* Q3.28; five Newton steps from 1 */
    for (int step = 0; step < 5; ++step) {
        const int32_t square = tm_doubling_high_multiply(x, x);
        const int32_t cube = tm_saturate((int64_t)tm_doubling_high_multiply(square, x) * 64);
        const int32_t next = tm_doubling_high_multiply(x, (INT32_C(1) << 28) + (INT32_C(1) << 27));
        x = tm_saturate(((int64_t)next - tm_doubling_high_multiply(half, cube)) * 8);
    }
    const int32_t multiplier = tm_doubling_high_multiply(x, 1518500250); /* sqrt(1/2) */
    if (shift < 0) {
        return (int32_t)((uint32_t)multiplier << -shift);
    }
    *right = shift;
    return multiplier;
}

/* log(x) in Q5.26 for x >= 1 in Q12.19. Of x and x * sqrt(1/2) that one is taken whose power of two below is nearer. */
static inline int32_t tm_logarithm(int32_t x) {
    enum { INTEGER_BITS = 12, UNIT = 1 << 25 }; /* of Q6.25 */
    const int32_t root_half = 1518500250, root_root_half = 1805811301, log_2 = 1488522236;
    const int zeros = tm_leading_zeros((uint32_t)x);
    const int32_t a =
        tm_saturate(2 * (int64_t)tm_doubling_high_multiply((int32_t)((uint32_t)x << (zeros - 1)), root_half));
    const int32_t a_power = (INTEGER_BITS - zeros) * UNIT + UNIT / 4;
    const int b_shift = tm_leading_zeros((uint32_t)tm_doubling_high_multiply(x, root_half)) - 1;
    const int32_t b = tm_saturate((int64_t)x * (INT64_C(1) << b_shift));
    const int32_t b_power = (INTEGER_BITS - b_shift) * UNIT - UNIT / 4;
    const int32_t r = a < b ? a : b;
    const int32_t power = a_power > b_power ? a_power : b_power;
    const int64_t sum = (int64_t)r + root_root_half;
    const int32_t p = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
    const int32_t q = (r - root_root_half) * 2;
    const int32_t square = tm_doubling_high_multiply(q, q);
    const int32_t numerator =
        tm_doubling_high_multiply(q, r) + tm_doubling_high_multiply(tm_doubling_high_multiply(q, square), 117049297);
    const int32_t factor = 1057819769 + q + tm_doubling_high_multiply(127690142, square);
    const int32_t denominator = tm_doubling_high_multiply(p, factor) + tm_doubling_high_multiply(638450708, q);
    const int32_t fraction =
        tm_doubling_high_multiply(tm_divide_by_power_of_two(numerator, 6), tm_one_over_one_plus(denominator));
    return tm_saturate(2 * ((int64_t)tm_doubling_high_multiply(power, log_2) + fraction));
}

#endif
