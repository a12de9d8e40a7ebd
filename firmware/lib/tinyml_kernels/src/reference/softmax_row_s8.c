#include "tinyml_kernels.h"
#include "tm_requantize.h"

#define SUM_INTEGER_BITS 12 /* sums of exponentials are Q12.19 */

static int leading_zeros(uint32_t value) {
    int count = 0;
    for (uint32_t bit = UINT32_C(1) << 31; bit != 0 && (value & bit) == 0; bit >>= 1) {
        ++count;
    }
    return count;
}

/* 1 / (1 + x) in Q0.31 for x in [0, 1) in Q0.31: three Newton steps in Q2.29 from the line 48/17 - 32/17 * (1 + x)/2. */
static int32_t one_over_one_plus(int32_t x) {
    const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
    int32_t estimate = 1515870810 + tm_doubling_high_multiply(half_denominator, -1010580540);
    for (int step = 0; step < 3; ++step) {
        const int32_t product = tm_doubling_high_multiply(half_denominator, estimate);
        const int32_t error = (INT32_C(1) << 29) - product;
        estimate += tm_doubling_high_multiply(estimate, error) * 4;
    }
    return estimate > INT32_MAX / 2 ? INT32_MAX : estimate * 2;
}

void tm_softmax_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                 void *scratch) {
    const tm_softmax *softmax = (const tm_softmax *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *in = rows[0] + (ptrdiff_t)x * softmax->channels;
        int largest = INT8_MIN;
        for (int c = 0; c < softmax->channels; ++c) {
            largest = in[c] > largest ? in[c] : largest;
        }
        int32_t sum = 0;
        for (int c = 0; c < softmax->channels; ++c) {
            sum += tm_divide_by_power_of_two(softmax->exponential[largest - in[c]], SUM_INTEGER_BITS);
        }
        const int zeros = leading_zeros((uint32_t)sum);
        const int32_t scale = one_over_one_plus((int32_t)(((uint32_t)sum << zeros) - (UINT32_C(1) << 31)));
        const int right = SUM_INTEGER_BITS - zeros + 31 - 8;
        for (int c = 0; c < softmax->channels; ++c) {
            const int32_t product = tm_doubling_high_multiply(scale, softmax->exponential[largest - in[c]]);
            const int32_t value = right > 31 ? 0 : tm_divide_by_power_of_two(product, right);
            out[(ptrdiff_t)x * softmax->channels + c] = (int8_t)tm_clamp(value + INT8_MIN, INT8_MIN, INT8_MAX);
        }
    }
}
