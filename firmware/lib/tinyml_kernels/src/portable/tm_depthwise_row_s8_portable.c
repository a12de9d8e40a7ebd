/* Depthwise convolution of four pixels at a time, channels innermost: neighbours in memory, so that they fill vectors.
 *
 * Taps outside the picture point at the layer's pad vector, so that borders take the same path as the inside. The
 * nine taps of a 3x3 kernel are summed in registers, without a store between them. */
#include "tm_portable.h"

enum { CHANNELS = TM_DEPTHWISE_CHANNELS, PIXELS = 4, MAX_TAPS = 64 };

static void sum_any(const int8_t *const *taps, int tap_count, const int8_t *weights, int pitch, int first, int count,
                    int32_t *TM_RESTRICT sums) {
    for (int c = 0; c < count; ++c) {
        sums[c] = 0;
    }
    for (int tap = 0; tap < tap_count; ++tap) {
        const int8_t *const values = taps[tap] + first, *const factors = weights + tap * pitch + first;
        for (int c = 0; c < count; ++c) {
            sums[c] += values[c] * factors[c];
        }
    }
}

/* Point `taps` at the pixels under the kernel at output column x. */
static void find_taps(const tm_depthwise *layer, const int8_t *const *rows, int x, const int8_t **taps) {
    const int left = x * layer->stride - layer->pad_left;
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        for (int kx = 0; kx < layer->kernel_width; ++kx) {
            const int column = left + kx * layer->dilation;
            const int outside = rows[ky] == NULL || column < 0 || column >= layer->in_width;
            *taps++ = outside ? layer->pad : rows[ky] + column * layer->in_channels;
        }
    }
}

/* Write `count` channels from `first` on, of `pixels` pixels. */
static void finish(const tm_depthwise *layer, const int32_t sums[PIXELS][CHANNELS], int pixels, int first, int count,
                   int8_t *out) {
    for (int c = 0; c < count;) {
        const int channel = first + c;
        const tm_output output = {layer->bias + channel,  layer->multiplier + channel, layer->shift + channel,
                                  layer->out_zero_point, layer->out_min,              layer->out_max};
        if (c + 4 <= count) {
            int32_t turned[4][4];
            tm_turn_4x4(&sums[0][c], CHANNELS, turned);
            tm_finish_4x4(&output, (const int32_t(*)[4])turned, pixels, out + channel, layer->out_channels);
            c += 4;
        } else {
            for (int pixel = 0; pixel < pixels; ++pixel) {
                out[pixel * layer->out_channels + channel] = tm_finish(&output, 0, sums[pixel][c]);
            }
            ++c;
        }
    }
}

void tm_depthwise_row_s8_portable(const void *description, const int8_t *const *rows, int8_t *out, int x_begin,
                                  int x_end, void *scratch) {
    const tm_depthwise *const layer = (const tm_depthwise *)description;
    const int channels = layer->out_channels;
    const int tap_count = layer->kernel_height * layer->kernel_width;
    const int is_3x3 = layer->kernel_height == 3 && layer->kernel_width == 3;
    if (channels != layer->in_channels || tap_count > MAX_TAPS) {
        tm_depthwise_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    for (int x = x_begin; x < x_end; x += PIXELS) {
        const int8_t *taps[PIXELS][MAX_TAPS];
        int32_t sums[PIXELS][CHANNELS] = {{0}};
        const int pixels = tm_min(PIXELS, x_end - x);
        for (int pixel = 0; pixel < pixels; ++pixel) {
            find_taps(layer, rows, x + pixel, taps[pixel]);
        }
        for (int first = 0; first < channels; first += CHANNELS) {
            const int count = tm_min(CHANNELS, channels - first);
            if (is_3x3 && count == CHANNELS) {
                tm_taps factors;
                tm_load_3x3(layer->weights + first, channels, &factors);
                for (int pixel = 0; pixel < pixels; ++pixel) {
                    tm_sum_3x3(taps[pixel], first, &factors, sums[pixel]);
                }
            } else {
                for (int pixel = 0; pixel < pixels; ++pixel) {
                    sum_any(taps[pixel], tap_count, layer->weights, channels, first, count, sums[pixel]);
                }
            }
            finish(layer, (const int32_t(*)[CHANNELS])sums, pixels, first, count, out + x * channels);
        }
    }
}
