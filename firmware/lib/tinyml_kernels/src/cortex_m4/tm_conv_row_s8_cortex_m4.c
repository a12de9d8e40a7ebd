/* Convolution on the Cortex-M4: two pixels at a time, widened to int16, by pairs of channels (dot_pairs.S). */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

#include "tinyml_kernels.h"
#include "tm_m4.h"
#include <string.h>

/* The taps of output column x as contiguous bytes: the pixel itself where it can be, else a copy in `patch`. */
static const int8_t *taps_of(const tm_conv *layer, const int8_t *const *rows, int x, int8_t *patch) {
    const int channels = layer->in_channels;
    const int left = x * layer->stride - layer->pad_left;
    const int last = left + (layer->kernel_width - 1) * layer->dilation;
    const int inside = left >= 0 && last < layer->in_width;
    if (layer->kernel_height * layer->kernel_width == 1 && channels % 4 == 0 && inside && rows[0] != NULL) {
        return rows[0] + left * channels;
    }
    int8_t *next = patch;
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        const int8_t *const row = rows[ky];
        if (inside && row != NULL && layer->dilation == 1) {
            memcpy(next, row + left * channels, (size_t)(layer->kernel_width * channels));
            next += layer->kernel_width * channels;
            continue;
        }
        for (int kx = 0; kx < layer->kernel_width; ++kx, next += channels) {
            const int column = left + kx * layer->dilation;
            const int outside = row == NULL || column < 0 || column >= layer->in_width;
            memcpy(next, outside ? layer->pad : row + column * channels, (size_t)channels);
        }
    }
    return patch;
}

void tm_conv_row_s8_cortex_m4(const void *description, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                              void *scratch) {
    const tm_conv *const layer = (const tm_conv *)description;
    const tm_m4_conv *const packed = (const tm_m4_conv *)layer->packed;
    if (packed == NULL) {
        tm_conv_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    /* Scratch: two pixels as int16, then two patches of bytes. The bytes that fill a patch up meet weights of zero. */
    int16_t *const pixels = (int16_t *)scratch;
    int8_t *const patches = (int8_t *)scratch + packed->taps * 4;
    const int channels = layer->out_channels;
    for (int x = x_begin; x < x_end; x += 2) {
        const int second = x + 1 < x_end;
        const int8_t *const pixel_0 = taps_of(layer, rows, x, patches);
        const int8_t *const pixel_1 = second ? taps_of(layer, rows, x + 1, patches + packed->taps) : pixel_0;
        tm_m4_widen_pairs(pixel_0, pixel_1, pixels, packed->taps / 4);
        /* Without a second pixel the first one is computed twice, to the same place. */
        const tm_m4_job job = {packed->records,  channels / 2,       pixels,
                               packed->taps / 4, out + x * channels, second ? channels - 1 : -1};
        if (packed->two_sided) {
            tm_m4_dot_pairs_two_sided(&job);
        } else {
            tm_m4_dot_pairs(&job);
        }
    }
}

#else
typedef int tm_conv_row_s8_cortex_m4_is_for_dsp_cores; /* ISO C wants a declaration in every file */
#endif
