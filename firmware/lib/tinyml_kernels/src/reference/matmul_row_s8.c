#include "tinyml_kernels.h"
#include "tm_requantize.h"

void tm_matmul_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_matmul *matmul = (const tm_matmul *)layer;
    (void)scratch;
    if (x_begin == x_end) { /* the row is one pixel */
        return;
    }
    for (int column = 0; column < matmul->columns; ++column) {
        const int8_t *b = rows[1] + (ptrdiff_t)column * matmul->column_stride;
        int32_t sum = 0;
        for (int k = 0; k < matmul->depth; ++k) {
            sum += (rows[0][k] - matmul->a_zero_point) * (*b - matmul->b_zero_point);
            b += k + 1 < matmul->depth ? matmul->depth_stride : 0;
            TM_COUNT_MAC();
        }
        sum = tm_requantize(sum, matmul->multiplier, matmul->shift) + matmul->out_zero_point;
        out[column] = (int8_t)tm_clamp(sum, INT8_MIN, INT8_MAX);
    }
}
