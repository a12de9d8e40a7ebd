#include "tinyml_kernels.h"
#include "tm_exponentials.h"

void tm_softmax_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                 void *scratch) {
    const tm_softmax *softmax = (const tm_softmax *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *in = rows[0] + (ptrdiff_t)x * softmax->channels;
        int largest;
        const int32_t sum = tm_sum_of_exponentials(in, softmax->channels, softmax->exponential, &largest);
        const int zeros = tm_leading_zeros((uint32_t)sum);
        const int32_t scale = tm_one_over_one_plus((int32_t)(((uint32_t)sum << zeros) - (UINT32_C(1) << 31)));
        const int right = TM_SUM_INTEGER_BITS - zeros + 31 - 8;
        for (int c = 0; c < softmax->channels; ++c) {
            const int32_t product = tm_doubling_high_multiply(scale, softmax->exponential[largest - in[c]]);
            const int32_t value = right > 31 ? 0 : tm_divide_by_power_of_two(product, right);
            out[(ptrdiff_t)x * softmax->channels + c] = (int8_t)tm_clamp(value + INT8_MIN, INT8_MIN, INT8_MAX);
        }
    }
}
