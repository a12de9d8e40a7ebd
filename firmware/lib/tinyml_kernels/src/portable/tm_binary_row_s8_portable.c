/* Sums, differences and products of two rows of the same shape, four values at a time; the reference does the rest. */
#include "tm_portable.h"

enum { HEADROOM_BITS = 20 }; /* added before the inputs of a sum are brought to a common scale */

typedef enum operation { ADD, SUB, MUL } operation;

/* Compute four values that lie side by side. */
static inline void four(const tm_binary *binary, operation what, const int8_t *a, const int8_t *b, int8_t *out) {
    int32_t left[4], right[4];
    tm_widen_4(a, binary->a_zero_point, left);
    tm_widen_4(b, binary->b_zero_point, right);
    if (what == MUL) {
        for (int i = 0; i < 4; ++i) {
            left[i] *= right[i];
        }
    } else {
        for (int i = 0; i < 4; ++i) {
            left[i] *= 1 << HEADROOM_BITS;
            right[i] *= 1 << HEADROOM_BITS;
        }
        tm_scale_4(left, binary->a_multiplier, binary->a_shift);
        tm_scale_4(right, binary->b_multiplier, binary->b_shift);
        for (int i = 0; i < 4; ++i) {
            left[i] = what == ADD ? left[i] + right[i] : left[i] - right[i];
        }
    }
    tm_scale_4(left, binary->out_multiplier, binary->out_shift);
    tm_narrow_4(left, binary->out_zero_point, binary->out_min, binary->out_max, out);
}

/* Return whether the rows lie side by side in memory and could be computed. */
static inline int flat_row(const tm_binary *binary, operation what, const int8_t *const *rows, int8_t *out, int x_begin,
                           int x_end) {
    const int channels = binary->channels, end = x_end * channels;
    const int8_t *const a = rows[0], *const b = rows[1];
    int i = x_begin * channels;
    if (binary->a_channel_stride != 1 || binary->a_pixel_stride != channels || binary->b_channel_stride != 1 ||
        binary->b_pixel_stride != channels) {
        return 0;
    }
    for (; i + 4 <= end; i += 4) {
        four(binary, what, a + i, b + i, out + i);
    }
    if (i < end) {
        int8_t last_a[4] = {0}, last_b[4] = {0}, last[4];
        for (int j = i; j < end; ++j) {
            last_a[j - i] = a[j];
            last_b[j - i] = b[j];
        }
        four(binary, what, last_a, last_b, last);
        for (int j = i; j < end; ++j) {
            out[j] = last[j - i];
        }
    }
    return 1;
}

void tm_add_row_s8_portable(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                            void *scratch) {
    if (!flat_row((const tm_binary *)layer, ADD, rows, out, x_begin, x_end)) {
        tm_add_row_s8_reference(layer, rows, out, x_begin, x_end, scratch);
    }
}

void tm_sub_row_s8_portable(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                            void *scratch) {
    if (!flat_row((const tm_binary *)layer, SUB, rows, out, x_begin, x_end)) {
        tm_sub_row_s8_reference(layer, rows, out, x_begin, x_end, scratch);
    }
}

void tm_mul_row_s8_portable(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                            void *scratch) {
    if (!flat_row((const tm_binary *)layer, MUL, rows, out, x_begin, x_end)) {
        tm_mul_row_s8_reference(layer, rows, out, x_begin, x_end, scratch);
    }
}
