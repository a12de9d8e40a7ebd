/* Sums, differences and products of two rows of the same shape, four values at a time; the reference does the rest. */
#include "tm_portable.h"

enum { HEADROOM_BITS = 20 }; /* added before the inputs of a sum are brought to a common scale */

typedef enum operation { ADD, SUB, MUL } operation;

/* The exact result of four pairs of values, at the scale that the output's multiplier expects. */
static inline void exact_4(const tm_binary *binary, operation what, const int8_t *a, const int8_t *b,
                           int32_t results[4]) {
    int32_t left[4], right[4];
    for (int i = 0; i < 4; ++i) {
        left[i] = a[i] - binary->a_zero_point;
        right[i] = b[i] - binary->b_zero_point;
        if (what == MUL) {
            results[i] = left[i] * right[i];
        } else {
            left[i] *= 1 << HEADROOM_BITS;
            right[i] *= 1 << HEADROOM_BITS;
        }
    }
    if (what != MUL) {
        tm_scale_4(left, binary->a_multiplier, binary->a_shift);
        tm_scale_4(right, binary->b_multiplier, binary->b_shift);
        for (int i = 0; i < 4; ++i) {
            results[i] = what == ADD ? left[i] + right[i] : left[i] - right[i];
        }
    }
}

/* Return whether the rows lie side by side in memory and could be computed. */
static inline int flat_row(const tm_binary *binary, operation what, const int8_t *const *rows, int8_t *out, int x_begin,
                           int x_end) {
    const int channels = binary->channels;
    if (binary->a_channel_stride != 1 || binary->a_pixel_stride != channels || binary->b_channel_stride != 1 ||
        binary->b_pixel_stride != channels) {
        return 0;
    }
    for (int i = x_begin * channels; i < x_end * channels; i += 4) {
        const int count = tm_min(4, x_end * channels - i);
        int8_t a[4] = {0}, b[4] = {0};
        int32_t results[4];
        for (int j = 0; j < count; ++j) {
            a[j] = rows[0][i + j];
            b[j] = rows[1][i + j];
        }
        exact_4(binary, what, a, b, results);
        tm_scale_4(results, binary->out_multiplier, binary->out_shift);
        for (int j = 0; j < count; ++j) {
            out[i + j] = (int8_t)tm_clamp(results[j] + binary->out_zero_point, binary->out_min, binary->out_max);
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
