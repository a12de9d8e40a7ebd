/* Sums, differences, products and quotients of two rows, and PRELU. */
#include "tinyml_kernels.h"
#include "tm_fixed_point.h"

enum { SUM_HEADROOM = 1 << 20, SQUARE_HEADROOM = 1 << 7 }; /* before the inputs are brought to a common scale */

static int32_t a_rescaled(const tm_binary *binary, int value, int32_t headroom) {
    return tm_requantize((value - binary->a_zero_point) * headroom, binary->a_multiplier, binary->a_shift);
}

static int32_t b_rescaled(const tm_binary *binary, int value, int32_t headroom) {
    return tm_requantize((value - binary->b_zero_point) * headroom, binary->b_multiplier, binary->b_shift);
}

static int32_t out_rescaled(const tm_binary *binary, int32_t exact) {
    return tm_requantize(exact, binary->out_multiplier, binary->out_shift);
}

static int32_t sum_of(const tm_binary *binary, int a, int b) {
    return out_rescaled(binary, a_rescaled(binary, a, SUM_HEADROOM) + b_rescaled(binary, b, SUM_HEADROOM));
}

static int32_t difference_of(const tm_binary *binary, int a, int b) {
    return out_rescaled(binary, a_rescaled(binary, a, SUM_HEADROOM) - b_rescaled(binary, b, SUM_HEADROOM));
}

static int32_t product_of(const tm_binary *binary, int a, int b) {
    return out_rescaled(binary, (a - binary->a_zero_point) * (b - binary->b_zero_point));
}

static int32_t squared_difference_of(const tm_binary *binary, int a, int b) {
    const int32_t difference = a_rescaled(binary, a, SQUARE_HEADROOM) - b_rescaled(binary, b, SQUARE_HEADROOM);
    return out_rescaled(binary, difference * difference);
}

/* The reference stops at a division by zero; here it gives the largest or smallest value. */
static int32_t quotient_of(const tm_binary *binary, int a, int b) {
    int32_t dividend = a - binary->a_zero_point;
    int32_t divisor = b - binary->b_zero_point;
    int reciprocal_right;
    if (dividend == 0) {
        return 0;
    }
    if (divisor == 0) {
        return dividend > 0 ? INT16_MAX : INT16_MIN;
    }
    if (divisor < 0) {
        dividend = -dividend;
        divisor = -divisor;
    }
    const int32_t reciprocal = tm_reciprocal(divisor, &reciprocal_right);
    const int headroom = tm_leading_zeros((uint32_t)(dividend < 0 ? ~dividend : dividend)) - 1;
    const int32_t quotient = tm_doubling_high_multiply((int32_t)((uint32_t)dividend << headroom), reciprocal);
    const int right = reciprocal_right + headroom - binary->out_shift;
    const int32_t exact = tm_doubling_high_multiply(quotient, binary->out_multiplier);
    return right > 31 ? 0 : tm_divide_by_power_of_two(exact, right);
}

/* Of a positive value, and of a negative one times its slope. */
static int32_t prelu_of(const tm_binary *binary, int a, int b) {
    const int32_t value = a - binary->a_zero_point;
    if (value >= 0) {
        return tm_requantize(value, binary->a_multiplier, binary->a_shift);
    }
    return tm_requantize(value * (b - binary->b_zero_point), binary->b_multiplier, binary->b_shift);
}

static void binary_row(const tm_binary *binary, int32_t (*operation)(const tm_binary *, int, int),
                       const int8_t *const *rows, int8_t *out, int x_begin, int x_end) {
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *a = rows[0] + (ptrdiff_t)x * binary->a_pixel_stride;
        const int8_t *b = rows[1] + (ptrdiff_t)x * binary->b_pixel_stride;
        for (int c = 0; c < binary->channels; ++c) {
            const int32_t value = operation(binary, a[c * binary->a_channel_stride], b[c * binary->b_channel_stride]);
            out[(ptrdiff_t)x * binary->channels + c] =
                (int8_t)tm_clamp(value + binary->out_zero_point, binary->out_min, binary->out_max);
        }
    }
}

void tm_add_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    (void)scratch;
    binary_row((const tm_binary *)layer, sum_of, rows, out, x_begin, x_end);
}

void tm_sub_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    (void)scratch;
    binary_row((const tm_binary *)layer, difference_of, rows, out, x_begin, x_end);
}

void tm_mul_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    (void)scratch;
    binary_row((const tm_binary *)layer, product_of, rows, out, x_begin, x_end);
}

void tm_div_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    (void)scratch;
    binary_row((const tm_binary *)layer, quotient_of, rows, out, x_begin, x_end);
}

void tm_squared_difference_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin,
                                            int x_end, void *scratch) {
    (void)scratch;
    binary_row((const tm_binary *)layer, squared_difference_of, rows, out, x_begin, x_end);
}

void tm_prelu_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                               void *scratch) {
    (void)scratch;
    binary_row((const tm_binary *)layer, prelu_of, rows, out, x_begin, x_end);
}
