#include "tinyml_kernels.h"
#include "tm_requantize.h"

void tm_group_conv_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                    void *scratch) {
    const tm_group_conv *conv = (const tm_group_conv *)layer;
    const int in_channels = conv->in_channels / conv->groups;
    const int out_channels = conv->out_channels / conv->groups;
    const int taps = conv->kernel_height * conv->kernel_width;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int channel = 0; channel < conv->out_channels; ++channel) {
            const int first = channel / out_channels * in_channels;
            const int8_t *weight = conv->weights + (ptrdiff_t)channel * taps * in_channels;
            int32_t sum = conv->bias[channel];
            for (int ky = 0; ky < conv->kernel_height; ++ky) {
                for (int kx = 0; kx < conv->kernel_width; ++kx) {
                    const int column = x * conv->stride + kx * conv->dilation - conv->pad_left;
                    const int inside = rows[ky] != NULL && column >= 0 && column < conv->in_width;
                    const int8_t *in = inside ? rows[ky] + (ptrdiff_t)column * conv->in_channels : conv->pad;
                    for (int c = 0; c < in_channels; ++c) {
                        sum += in[first + c] * *weight++;
                        TM_COUNT_MAC();
                    }
                }
            }
            sum = tm_requantize(sum, conv->multiplier[channel], conv->shift[channel]) + conv->out_zero_point;
            out[(ptrdiff_t)x * conv->out_channels + channel] = (int8_t)tm_clamp(sum, conv->out_min, conv->out_max);
        }
    }
}
