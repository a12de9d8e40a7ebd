/* Rows put together from parts of other rows. */
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

void tm_gather_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_gather *gather = (const tm_gather *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        int8_t *pixel = out + (ptrdiff_t)x * gather->out_channels;
        if (rows[0] == NULL || gather->columns[x] < 0) {
            memset(pixel, gather->fill, (size_t)gather->out_channels);
            continue;
        }
        const int8_t *in = rows[0] + (ptrdiff_t)gather->columns[x] * gather->in_channels + gather->first_channel;
        for (int c = 0; c < gather->out_channels; ++c) {
            pixel[c] = in[c * gather->channel_stride];
        }
    }
}
