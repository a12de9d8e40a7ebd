#include "tinyml_kernels.h"
#include "tm_requantize.h"

void tm_depthwise_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                   void *scratch) {
    const tm_depthwise *conv = (const tm_depthwise *)layer;
    const int outputs_per_input = conv->out_channels / conv->in_channels;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int channel = 0; channel < conv->out_channels; ++channel) {
            int32_t sum = conv->bias[channel];
            for (int ky = 0; ky < conv->kernel_height; ++ky) {
                for (int kx = 0; kx < conv->kernel_width; ++kx) {
                    const int column = x * conv->stride + kx * conv->dilation - conv->pad_left;
                    const int inside = rows[ky] != NULL && column >= 0 && column < conv->in_width;
                    const int8_t *in = inside ? rows[ky] + (ptrdiff_t)column * conv->in_channels : conv->pad;
                    const int tap = ky * conv->kernel_width + kx;
                    sum +=
                        in[channel / outputs_per_input] * conv->weights[(ptrdiff_t)tap * conv->out_channels + channel];
                    TM_COUNT_MAC();
                }
            }
            sum = tm_requantize(sum, conv->multiplier[channel], conv->shift[channel]) + conv->out_zero_point;
            out[(ptrdiff_t)x * conv->out_channels + channel] = (int8_t)tm_clamp(sum, conv->out_min, conv->out_max);
        }
    }
}
