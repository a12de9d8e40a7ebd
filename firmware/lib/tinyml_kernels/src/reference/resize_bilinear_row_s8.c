#include "tinyml_kernels.h"

enum { ONE = 1 << 10 }; /* of a distance between two rows or columns */

void tm_resize_bilinear_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin,
                                         int x_end, void *scratch) {
    const tm_resize_bilinear *resize = (const tm_resize_bilinear *)layer;
    const int32_t down = rows[2][0] * 128 + rows[2][1];
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        const ptrdiff_t left = (ptrdiff_t)resize->left[x] * resize->channels;
        const ptrdiff_t right = (ptrdiff_t)resize->right[x] * resize->channels;
        const int32_t across = resize->fraction[x];
        for (int c = 0; c < resize->channels; ++c) {
            const int32_t above = rows[0][left + c] * (ONE - across) + rows[0][right + c] * across;
            const int32_t below = rows[1][left + c] * (ONE - across) + rows[1][right + c] * across;
            const int32_t value = above * (ONE - down) + below * down;
            out[(ptrdiff_t)x * resize->channels + c] =
                (int8_t)((value + (value > 0 ? ONE * ONE / 2 : -ONE * ONE / 2)) / (ONE * ONE));
        }
    }
}
