#include "tinyml_kernels.h"
#include "tm_requantize.h"

void tm_max_pool_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                  void *scratch) {
    const tm_pool *pool = (const tm_pool *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int c = 0; c < pool->channels; ++c) {
            int32_t largest = INT8_MIN;
            for (int ky = 0; ky < pool->kernel_height; ++ky) {
                for (int kx = 0; kx < pool->kernel_width; ++kx) {
                    const int column = x * pool->stride + kx - pool->pad_left;
                    if (rows[ky] != NULL && column >= 0 && column < pool->in_width) {
                        const int8_t value = rows[ky][(ptrdiff_t)column * pool->channels + c];
                        largest = value > largest ? value : largest;
                    }
                }
            }
            out[(ptrdiff_t)x * pool->channels + c] = (int8_t)tm_clamp(largest, pool->out_min, pool->out_max);
        }
    }
}

void tm_average_pool_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                      void *scratch) {
    const tm_pool *pool = (const tm_pool *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int c = 0; c < pool->channels; ++c) {
            int32_t sum = 0;
            int32_t count = 0;
            for (int ky = 0; ky < pool->kernel_height; ++ky) {
                for (int kx = 0; kx < pool->kernel_width; ++kx) {
                    const int column = x * pool->stride + kx - pool->pad_left;
                    if (rows[ky] != NULL && column >= 0 && column < pool->in_width) {
                        sum += rows[ky][(ptrdiff_t)column * pool->channels + c];
                        ++count;
                    }
                }
            }
            const int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
            out[(ptrdiff_t)x * pool->channels + c] = (int8_t)tm_clamp(mean, pool->out_min, pool->out_max);
        }
    }
}
