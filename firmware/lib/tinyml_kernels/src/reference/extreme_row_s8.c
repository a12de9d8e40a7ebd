/* The largest and smallest bytes, and where they are. */
#include <string.h>

#include "tinyml_kernels.h"

void tm_extreme_add_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                     void *scratch) {
    const tm_extreme *extreme = (const tm_extreme *)layer;
    int8_t *bytes = (int8_t *)scratch;
    (void)out;
    for (int x = x_begin; x < x_end; ++x) {
        for (int column = x * extreme->stride; column < x * extreme->stride + extreme->kernel_width; ++column) {
            for (int c = 0; c < extreme->channels; ++c) {
                int8_t *held = bytes + (ptrdiff_t)x * extreme->channels + c;
                const int8_t value = rows[0][(ptrdiff_t)column * extreme->channels + c];
                if (extreme->largest ? value > *held : value < *held) {
                    *held = value;
                }
            }
        }
    }
}

void tm_extreme_finish_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin,
                                        int x_end, void *scratch) {
    const tm_extreme *extreme = (const tm_extreme *)layer;
    const ptrdiff_t begin = (ptrdiff_t)x_begin * extreme->channels;
    (void)rows;
    memcpy(out + begin, (const int8_t *)scratch + begin, (size_t)(x_end - x_begin) * (size_t)extreme->channels);
}

void tm_arg_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    const tm_arg *arg = (const tm_arg *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        const int8_t *in = rows[0] + (ptrdiff_t)x * arg->channels;
        int32_t at = 0;
        for (int c = 1; c < arg->channels; ++c) {
            if (arg->largest ? in[c] > in[at] : in[c] < in[at]) {
                at = c;
            }
        }
        memcpy(out + (ptrdiff_t)x * (ptrdiff_t)sizeof at, &at, sizeof at);
    }
}
