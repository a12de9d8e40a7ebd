/* Depthwise 3x3 on the LX6, four channels at a time through 16-bit lanes (depthwise.S). */
#if defined(__XTENSA__) && !defined(__XTENSA_CALL0_ABI__)

#include "tinyml_kernels.h"
#include "tm_lx6.h"
#include "tm_packed.h"

enum { WEIGHT_WORDS = 5, SMALL_WEIGHT_WORDS = 3, COLUMN_WORDS = 3, OVERREAD_WORDS = 4 };

void tm_depthwise_row_s8_lx6(const void *description, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    const tm_depthwise *const layer = (const tm_depthwise *)description;
    const tm_lx6_depthwise *const packed = (const tm_lx6_depthwise *)layer->packed;
    if (packed == NULL) {
        tm_depthwise_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int channels = layer->in_channels, count = x_end - x_begin;
    if (count <= 0) {
        return;
    }
    /* The input columns that the outputs need, and how many of them lie outside the picture on either side. */
    const int left = x_begin * layer->stride - layer->pad_left;
    const int columns = (count - 1) * layer->stride + 3;
    const int before = left < 0 ? (left + columns < 0 ? columns : -left) : 0;
    const int beyond = left + columns - layer->in_width;
    const int after = beyond < 0 ? 0 : beyond > columns - before ? columns - before : beyond;

    uint32_t *const even = (uint32_t *)scratch, *const odd = even + columns * COLUMN_WORDS;
    tm_lx6_depthwise_job work = {packed->records, even, odd, count, out + x_begin * channels, channels};
    const int record_words = tm_lx6_head_words(0, packed->is_signed) + WEIGHT_WORDS;
    const int small_words = tm_lx6_head_words(1, packed->is_signed) + SMALL_WEIGHT_WORDS;
    const int32_t *next = packed->records;
    int32_t *const unpacked = (int32_t *)(void *)(odd + columns * COLUMN_WORDS + OVERREAD_WORDS);
    if (packed->small) {
        work.records = unpacked;
    }
    tm_lx6_depthwise_quad *const quad =
        packed->is_signed ? (layer->stride == 1 ? tm_lx6_depthwise_1_signed : tm_lx6_depthwise_2_signed)
                          : (layer->stride == 1 ? tm_lx6_depthwise_1 : tm_lx6_depthwise_2);
    for (int channel = 0; channel < channels; channel += 4) {
        const int8_t *const pad = layer->pad + channel;
        const tm_lx6_lanes_job left_pad = {{pad, pad, pad}, {0, 0, 0}, even, odd, before};
        const tm_lx6_lanes_job right_pad = {{pad, pad, pad},
                                            {0, 0, 0},
                                            even + (columns - after) * COLUMN_WORDS,
                                            odd + (columns - after) * COLUMN_WORDS,
                                            after};
        tm_lx6_lanes_job inside = {{pad, pad, pad},
                                   {0, 0, 0},
                                   even + before * COLUMN_WORDS,
                                   odd + before * COLUMN_WORDS,
                                   columns - before - after};
        for (int ky = 0; ky < 3; ++ky) {
            if (rows[ky] != NULL) {
                inside.rows[ky] = rows[ky] + (left + before) * channels + channel;
                inside.row_strides[ky] = channels;
            }
        }
        if (before > 0) {
            tm_lx6_spread_lanes(&left_pad);
        }
        tm_lx6_spread_lanes(&inside);
        if (after > 0) {
            tm_lx6_spread_lanes(&right_pad);
        }
        if (packed->small) {
            /* 12 weights make six words; a wide record has five. */
            tm_lx6_unpack(next, unpacked, packed->is_signed, SMALL_WEIGHT_WORDS, 4, 4);
            next += 4 * small_words;
            quad(&work);
        } else {
            quad(&work);
            work.records += 4 * record_words;
        }
        work.out += 4;
    }
}

#else
typedef int tm_depthwise_row_s8_lx6_is_for_the_lx6; /* ISO C wants a declaration in every file */
#endif
