/* Sums, differences and products of two rows. */
#include "tinyml_kernels.h"
#include "tm_requantize.h"

#define HEADROOM_BITS 20 /* added before the inputs are brought to a common scale */

static int32_t rescaled(int value, int zero_point, int32_t multiplier, int shift) {
    return tm_requantize((value - zero_point) * (1 << HEADROOM_BITS), multiplier, shift);
}

static int32_t sum_of(const tm_binary *binary, int a, int b) {
    return rescaled(a, binary->a_zero_point, binary->a_multiplier, binary->a_shift) +
           rescaled(b, binary->b_zero_point, binary->b_multiplier, binary->b_shift);
}

static int32_t difference_of(const tm_binary *binary, int a, int b) {
    return rescaled(a, binary->a_zero_point, binary->a_multiplier, binary->a_shift) -
           rescaled(b, binary->b_zero_point, binary->b_multiplier, binary->b_shift);
}

static int32_t product_of(const tm_binary *binary, int a, int b) {
    return (a - binary->a_zero_point) * (b - binary->b_zero_point);
}

static void binary_row(const tm_binary *binary, int32_t (*operation)(const tm_binary *, int, int),
                       const int8_t *const *rows, int8_t *out, int x_begin, int x_end) {
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *a = rows[0] + (ptrdiff_t)x * binary->a_pixel_stride;
        const int8_t *b = rows[1] + (ptrdiff_t)x * binary->b_pixel_stride;
        for (int c = 0; c < binary->channels; ++c) {
            const int32_t exact = operation(binary, a[c * binary->a_channel_stride], b[c * binary->b_channel_stride]);
            const int32_t value =
                tm_requantize(exact, binary->out_multiplier, binary->out_shift) + binary->out_zero_point;
            out[(ptrdiff_t)x * binary->channels + c] = (int8_t)tm_clamp(value, binary->out_min, binary->out_max);
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
