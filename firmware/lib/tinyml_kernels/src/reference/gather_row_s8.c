#include <string.h>

#include "tinyml_kernels.h"

void tm_gather_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_gather *gather = (const tm_gather *)layer;
    const int channels = gather->out_channels;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        int8_t *pixel = out + (ptrdiff_t)x * channels;
        if (rows[0] == NULL || gather->columns[x] < 0) {
            memset(pixel, gather->fill, (size_t)channels);
            continue;
        }
        const int8_t *in = rows[0] + gather->columns[x];
        if (gather->channels == NULL && gather->channel_stride == 1) {
            memcpy(pixel, in, (size_t)channels);
            continue;
        }
        for (int c = 0; c < channels; ++c) {
            const ptrdiff_t at = gather->channels != NULL ? gather->channels[c] : (ptrdiff_t)c * gather->channel_stride;
            pixel[c] = at < 0 ? gather->fill : in[at];
        }
    }
}
