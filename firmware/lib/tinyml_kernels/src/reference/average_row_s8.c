#include "tinyml_kernels.h"
#include "tm_requantize.h"

static int32_t divided_away_from_zero(int32_t sum, int32_t count) {
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

/* The input columns [*begin, *end) inside the picture that output column x averages. */
static void columns_of(const tm_average *average, int x, int *begin, int *end) {
    const int left = x * average->stride - average->pad_left;
    *begin = left < 0 ? 0 : left;
    *end = left + average->kernel_width < average->in_width ? left + average->kernel_width : average->in_width;
}

void tm_average_add_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                     void *scratch) {
    const tm_average *average = (const tm_average *)layer;
    int32_t *sums = (int32_t *)scratch;
    (void)out;
    for (int x = x_begin; x < x_end; ++x) {
        int begin;
        int end;
        columns_of(average, x, &begin, &end);
        for (int column = begin; column < end; ++column) {
            for (int c = 0; c < average->channels; ++c) {
                sums[(ptrdiff_t)x * average->channels + c] += rows[0][(ptrdiff_t)column * average->channels + c];
            }
        }
    }
}

void tm_average_finish_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin,
                                        int x_end, void *scratch) {
    const tm_average *average = (const tm_average *)layer;
    const int32_t *sums = (const int32_t *)scratch;
    (void)rows;
    for (int x = x_begin; x < x_end; ++x) {
        int begin;
        int end;
        columns_of(average, x, &begin, &end);
        for (int c = 0; c < average->channels; ++c) {
            const ptrdiff_t index = (ptrdiff_t)x * average->channels + c;
            const int32_t sum = sums[index] - average->in_zero_sum;
            const int32_t value = average->multiplier == 0
                                      ? divided_away_from_zero(sum, (end - begin) * average->kernel_height)
                                      : tm_requantize(sum, average->multiplier, average->shift);
            out[index] = (int8_t)tm_clamp(value + average->out_zero_point, average->out_min, average->out_max);
        }
    }
}
