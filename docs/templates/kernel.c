/* A template for a kernel: ABS, one output row, the columns [x_begin, x_end). Written to be read, not to be fast. */
#include "tinyml_kernels.h"
#include "tm_requantize.h"

void tm_absolute_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                  void *scratch) {
    const tm_absolute *absolute = (const tm_absolute *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int c = 0; c < absolute->channels; ++c) {
            const ptrdiff_t at = (ptrdiff_t)x * absolute->channels + c;
            const int32_t value = rows[0][at] - absolute->in_zero_point;
            out[at] = (int8_t)tm_clamp((value < 0 ? -value : value) + absolute->out_zero_point, INT8_MIN, INT8_MAX);
        }
    }
}
