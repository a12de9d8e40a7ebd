/* Filters that remember their last outputs: each is a product with the input, and a sum of what it gave over time. */
#include <string.h>

#include "tinyml_kernels.h"
#include "tm_requantize.h"

/* What one filter gives: its newest output goes to the end of its memory, all of them are weighted and added to `sum`. */
static int32_t filtered(const tm_svdf *svdf, ptrdiff_t filter, const int8_t *in, int16_t *memory, int32_t sum) {
    const int8_t *weights = svdf->weights + filter * svdf->inputs;
    const int16_t *time = svdf->time + filter * svdf->memory;
    int32_t product = svdf->filter_bias[filter];
    for (int i = 0; i < svdf->inputs; ++i) {
        product += weights[i] * in[i];
        TM_COUNT_MAC();
    }
    product = tm_requantize(product, svdf->filter_multiplier, svdf->filter_shift);
    memmove(memory, memory + 1, (size_t)(svdf->memory - 1) * sizeof *memory);
    memory[svdf->memory - 1] = (int16_t)tm_clamp(product, INT16_MIN, INT16_MAX);
    for (int i = 0; i < svdf->memory; ++i) { /* sums may wrap around, as the reference's do */
        sum = (int32_t)((uint32_t)sum + (uint32_t)(time[i] * memory[i]));
        TM_COUNT_MAC();
    }
    return sum;
}

void tm_svdf_row_s8_reference(const void *layer, const int8_t *in, int8_t *out, int8_t *const *states) {
    const tm_svdf *svdf = (const tm_svdf *)layer;
    int16_t *memory = (int16_t *)(void *)states[0];
    ptrdiff_t filter = 0;
    for (int unit = 0; unit < svdf->units; ++unit) {
        int32_t sum = svdf->bias[unit];
        for (int part = 0; part < svdf->rank; ++part, ++filter) {
            sum = filtered(svdf, filter, in, memory + filter * svdf->memory, sum);
        }
        sum = tm_requantize(sum, svdf->out_multiplier, svdf->out_shift) + svdf->out_zero_point;
        out[unit] = (int8_t)tm_clamp(sum, INT8_MIN, INT8_MAX);
    }
}
