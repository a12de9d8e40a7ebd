#include <string.h>

#include "tinyml_kernels.h"

void tm_concat_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_concat *concat = (const tm_concat *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        int8_t *pixel = out + (ptrdiff_t)x * concat->out_channels;
        for (int i = 0; i < concat->inputs; ++i) {
            const int channels = concat->channels[i];
            memcpy(pixel, rows[i] + (ptrdiff_t)x * channels, (size_t)channels);
            pixel += channels;
        }
    }
}
