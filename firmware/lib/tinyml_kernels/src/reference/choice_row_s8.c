/* One byte of several: the larger, the smaller, the chosen; and comparisons. */
#include "tinyml_kernels.h"

static void choose_row(const tm_choice *choice, int larger, const int8_t *const *rows, int8_t *out, int x_begin,
                       int x_end) {
    for (int x = x_begin; x < x_end; ++x) {
        for (int c = 0; c < choice->channels; ++c) {
            const int8_t a = rows[0][(ptrdiff_t)x * choice->a_pixel_stride + c * choice->a_channel_stride];
            const int8_t b = rows[1][(ptrdiff_t)x * choice->b_pixel_stride + c * choice->b_channel_stride];
            out[(ptrdiff_t)x * choice->channels + c] = (a > b) == larger ? a : b;
        }
    }
}

void tm_maximum_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                 void *scratch) {
    (void)scratch;
    choose_row((const tm_choice *)layer, 1, rows, out, x_begin, x_end);
}

void tm_minimum_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                 void *scratch) {
    (void)scratch;
    choose_row((const tm_choice *)layer, 0, rows, out, x_begin, x_end);
}

void tm_compare_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                 void *scratch) {
    const tm_compare *compare = (const tm_compare *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int c = 0; c < compare->channels; ++c) {
            const int8_t a = rows[0][(ptrdiff_t)x * compare->a_pixel_stride + c * compare->a_channel_stride];
            const int8_t b = rows[1][(ptrdiff_t)x * compare->b_pixel_stride + c * compare->b_channel_stride];
            const int inside = compare->begin[(uint8_t)a] <= b && b < compare->end[(uint8_t)a];
            out[(ptrdiff_t)x * compare->channels + c] = (int8_t)(inside != compare->invert);
        }
    }
}

void tm_select_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_select *select = (const tm_select *)layer;
    (void)scratch;
    for (int x = x_begin; x < x_end; ++x) {
        for (int c = 0; c < select->channels; ++c) {
            const int8_t condition = rows[0][(ptrdiff_t)x * select->c_pixel_stride + c * select->c_channel_stride];
            const int8_t a = rows[1][(ptrdiff_t)x * select->a_pixel_stride + c * select->a_channel_stride];
            const int8_t b = rows[2][(ptrdiff_t)x * select->b_pixel_stride + c * select->b_channel_stride];
            out[(ptrdiff_t)x * select->channels + c] = condition ? a : b;
        }
    }
}
