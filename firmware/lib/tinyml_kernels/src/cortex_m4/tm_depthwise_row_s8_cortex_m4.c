/* Depthwise 3x3 on the Cortex-M4, four channels of a pixel at a time (dot_pairs.S). */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

#include "tinyml_kernels.h"
#include "tm_m4.h"

void tm_depthwise_row_s8_cortex_m4(const void *description, const int8_t *const *rows, int8_t *out, int x_begin,
                                   int x_end, void *scratch) {
    const tm_depthwise *const layer = (const tm_depthwise *)description;
    const tm_m4_depthwise_layer *const packed = (const tm_m4_depthwise_layer *)layer->packed;
    if (packed == NULL) {
        tm_depthwise_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int channels = layer->in_channels;
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *taps[9];
        for (int ky = 0; ky < 3; ++ky) {
            for (int kx = 0; kx < 3; ++kx) {
                const int column = x * layer->stride + kx - layer->pad_left;
                const int outside = rows[ky] == NULL || column < 0 || column >= layer->in_width;
                taps[ky * 3 + kx] = outside ? layer->pad : rows[ky] + column * channels;
            }
        }
        if (packed->two_sided) {
            tm_m4_depthwise_two_sided(taps, packed->records, channels, out + x * channels);
        } else {
            tm_m4_depthwise(taps, packed->records, channels, out + x * channels);
        }
    }
}

#else
typedef int tm_depthwise_row_s8_cortex_m4_is_for_dsp_cores; /* ISO C wants a declaration in every file */
#endif
