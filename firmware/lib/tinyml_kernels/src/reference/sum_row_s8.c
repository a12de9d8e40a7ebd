/* Sums of several rows, and running sums along one. The zero point counts once more than there are values, as it does
 * in the reference. */
#include "tinyml_kernels.h"
#include "tm_requantize.h"

enum { HALF_HEADROOM = 1 << 19 }; /* 2^20, of which halving leaves this */

static int8_t finished(int32_t sum, int32_t multiplier, int shift, int zero_point) {
    const int32_t scaled = (int32_t)((uint32_t)sum * HALF_HEADROOM);
    return (int8_t)tm_clamp(tm_requantize(scaled, multiplier, shift) + zero_point, INT8_MIN, INT8_MAX);
}

void tm_add_n_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                               void *scratch) {
    const tm_add_n *add = (const tm_add_n *)layer;
    const ptrdiff_t end = (ptrdiff_t)x_end * add->channels;
    (void)scratch;
    for (ptrdiff_t i = (ptrdiff_t)x_begin * add->channels; i < end; ++i) {
        int32_t sum = -add->in_zero_point;
        for (int input = 0; input < add->inputs; ++input) {
            sum += rows[input][i] - add->in_zero_point;
        }
        out[i] = finished(sum, add->multiplier, add->shift, add->out_zero_point);
    }
}

void tm_cumsum_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_cumsum *cumsum = (const tm_cumsum *)layer;
    (void)scratch;
    for (int c = 0; c < cumsum->channels; ++c) {
        int32_t sum = -cumsum->in_zero_point;
        for (int step = 0; step < cumsum->width; ++step) {
            const int x = cumsum->reverse ? cumsum->width - 1 - step : step;
            const ptrdiff_t i = (ptrdiff_t)x * cumsum->channels + c;
            const int32_t before = sum;
            sum += rows[0][i] - cumsum->in_zero_point;
            if (x >= x_begin && x < x_end) {
                out[i] = finished(cumsum->exclusive ? before : sum, cumsum->multiplier, cumsum->shift,
                                  cumsum->out_zero_point);
            }
        }
    }
}
