/* LOG_SOFTMAX and L2_NORMALIZATION over the channels of each pixel. */
#include "tinyml_kernels.h"
#include "tm_exponentials.h"

enum { TO_OUTPUT = 22 }; /* Q5.26 to sixteenths */

void tm_log_softmax_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                     void *scratch) {
    const tm_log_softmax *softmax = (const tm_log_softmax *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *in = rows[0] + (ptrdiff_t)x * softmax->channels;
        int largest;
        const int32_t sum = tm_sum_of_exponentials(in, softmax->channels, softmax->exponential, &largest);
        const int32_t logarithm = tm_logarithm(sum);
        const int32_t farthest = tm_requantize(logarithm + INT32_MIN, softmax->divisor, softmax->divisor_shift);
        const int32_t least = farthest > -softmax->radius - 1 ? farthest : -softmax->radius - 1;
        for (int c = 0; c < softmax->channels; ++c) {
            const int difference = largest - in[c];
            int32_t value = INT8_MIN;
            if (-difference > least) {
                value = tm_divide_by_power_of_two(softmax->difference[difference] - logarithm, TO_OUTPUT) + INT8_MAX;
            }
            out[(ptrdiff_t)x * softmax->channels + c] = (int8_t)tm_clamp(value, INT8_MIN, INT8_MAX);
        }
    }
}

void tm_l2_normalization_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin,
                                          int x_end, void *scratch) {
    const tm_l2_normalization *norm = (const tm_l2_normalization *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *in = rows[0] + (ptrdiff_t)x * norm->channels;
        int32_t squares = 0;
        for (int c = 0; c < norm->channels; ++c) {
            squares += (in[c] - norm->in_zero_point) * (in[c] - norm->in_zero_point);
        }
        int right;
        const int32_t multiplier = tm_inverse_square_root(squares, &right);
        for (int c = 0; c < norm->channels; ++c) {
            const int32_t value = tm_requantize(in[c] - norm->in_zero_point, multiplier, 7 - right); /* in 1/128 */
            out[(ptrdiff_t)x * norm->channels + c] = (int8_t)tm_clamp(value, INT8_MIN, INT8_MAX);
        }
    }
}
