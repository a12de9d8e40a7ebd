#include "tinyml_kernels.h"
#include "tm_requantize.h"

/* What one kernel row gives output column x of a channel. */
static int32_t sum_of(const tm_transpose_conv *conv, const int8_t *row, const int8_t *weights, int x) {
    int32_t sum = 0;
    for (int kx = 0; kx < conv->kernel_width; ++kx) {
        const int at = x + conv->pad_left - kx;
        const int8_t *weight = weights + (ptrdiff_t)kx * conv->in_channels;
        if (at < 0 || at % conv->stride != 0 || at / conv->stride >= conv->in_width) {
            continue;
        }
        const int8_t *in = row + (ptrdiff_t)(at / conv->stride) * conv->in_channels;
        for (int c = 0; c < conv->in_channels; ++c) {
            sum += (in[c] - conv->in_zero_point) * weight[c];
            TM_COUNT_MAC();
        }
    }
    return sum;
}

void tm_transpose_conv_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin,
                                        int x_end, void *scratch) {
    const tm_transpose_conv *conv = (const tm_transpose_conv *)layer;
    const ptrdiff_t row_weights = (ptrdiff_t)conv->kernel_width * conv->in_channels;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int channel = 0; channel < conv->out_channels; ++channel) {
            const int8_t *weights = conv->weights + channel * conv->kernel_height * row_weights;
            int32_t sum = conv->bias[channel];
            for (int ky = 0; ky < conv->kernel_height; ++ky) {
                if (rows[ky] != NULL) {
                    sum += sum_of(conv, rows[ky], weights + ky * row_weights, x);
                }
            }
            sum = tm_requantize(sum, conv->multiplier[channel], conv->shift[channel]) + conv->out_zero_point;
            out[(ptrdiff_t)x * conv->out_channels + channel] = (int8_t)tm_clamp(sum, conv->out_min, conv->out_max);
        }
    }
}
