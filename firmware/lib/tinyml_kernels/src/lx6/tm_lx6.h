/* The LX6 kernels' inner routines, in assembly. Activations are widened to int16 and shifted to 0..255 (x + 128). */
#ifndef TM_LX6_H
#define TM_LX6_H

#include "tm_packed.h"

/* Four int8 at a time to int16: x0, x2, x1, x3, each plus 128. `in` and `out` aligned to 4 bytes; quads > 0. */
void tm_lx6_widen_quads(const int8_t *in, int16_t *out, int quads);

/* One int8 at a time to int16, each plus 128, in order; returns the next place in `out`. count > 0. */
int16_t *tm_lx6_widen_bytes(const int8_t *in, int16_t *out, int count);

/* Make wide records of small ones, all of them plain (is_more 0) or more; `groups` of four weights, then `back` bytes back
   before the next one. Reads words only: `from` may lie in instruction RAM. */
void tm_lx6_unpack(const int32_t *from, int32_t *to, int is_more, int groups, int records, int back);

/* Words before the weights of a record. */
static inline int tm_lx6_head_words(int is_small, int is_more) {
    return is_small ? (is_more ? TM_LX6_SMALL_SIGNED_WORDS : TM_LX6_SMALL_PLAIN_WORDS)
                    : (is_more ? TM_LX6_SIGNED_WORDS : TM_LX6_PLAIN_WORDS);
}

/* So many int8 of each of `pixels` pixels to int16, each plus 128, in order; the steps from pixel to pixel in bytes. */
typedef void tm_lx6_gather(const int8_t *in, int16_t *out, int pixels, int in_step, int out_step);
tm_lx6_gather tm_lx6_gather_3, tm_lx6_gather_9;

typedef struct tm_lx6_job {
    const int32_t *records; /* the first channel's record */
    int32_t record_bytes;
    int32_t channels;
    const int16_t *pixels; /* `taps` values for each; 8 bytes behind the last are read and not used */
    int32_t count;         /* pixels */
    int32_t pixel_bytes;   /* of all of them: taps * 2 * count */
    int32_t groups;        /* taps / 4 */
    int32_t weight_bytes;  /* taps * 2 */
    int8_t *out;           /* the first channel of the first pixel */
    int32_t out_stride;    /* bytes from one pixel's output to the next */
} tm_lx6_job;

/* For each channel, for each pixel: dot product of int16, requantization by the record's constants, one byte out. There
   is a loop for each of these numbers of taps, and one for any from 12 on, for records of TM_LX6_PLAIN and _SIGNED. */
typedef void tm_lx6_dot(const tm_lx6_job *job);
tm_lx6_dot tm_lx6_dot_4, tm_lx6_dot_8, tm_lx6_dot_12, tm_lx6_dot_16, tm_lx6_dot_20, tm_lx6_dot_24, tm_lx6_dot_28,
    tm_lx6_dot_32, tm_lx6_dot_36, tm_lx6_dot_40, tm_lx6_dot_44, tm_lx6_dot_48, tm_lx6_dot_64, tm_lx6_dot_long;
tm_lx6_dot tm_lx6_dot_4_signed, tm_lx6_dot_8_signed, tm_lx6_dot_12_signed, tm_lx6_dot_16_signed, tm_lx6_dot_20_signed,
    tm_lx6_dot_24_signed, tm_lx6_dot_28_signed, tm_lx6_dot_32_signed, tm_lx6_dot_36_signed, tm_lx6_dot_40_signed,
    tm_lx6_dot_44_signed, tm_lx6_dot_48_signed, tm_lx6_dot_64_signed, tm_lx6_dot_long_signed;

/* The sums alone, start added, for one channel of TM_LX6_EXACT and 12 taps or more; `out` are int32_t. */
tm_lx6_dot tm_lx6_dot_sums;

typedef struct tm_lx6_lanes_job {
    const int8_t *rows[3];
    int32_t row_strides[3]; /* bytes from one column to the next; 0 repeats one */
    uint32_t *even, *odd;   /* [column][row] lanes: channels 0 | 2 << 16 and 1 | 3 << 16, each plus 128 */
    int32_t columns;
} tm_lx6_lanes_job;

/* Spread four channels of three rows into 16-bit lanes. */
void tm_lx6_spread_lanes(const tm_lx6_lanes_job *job);

typedef struct tm_lx6_depthwise_job {
    const int32_t *records;
    const uint32_t *even, *odd; /* 16 bytes behind each are read and not used */
    int32_t pixels;
    int8_t *out; /* channel 0 of the four, first pixel */
    int32_t out_stride;
} tm_lx6_depthwise_job;

/* Four channels: for each pixel nine taps, requantization, one byte out. By stride, and for records of either kind. */
typedef void tm_lx6_depthwise_quad(const tm_lx6_depthwise_job *job);
tm_lx6_depthwise_quad tm_lx6_depthwise_1, tm_lx6_depthwise_2, tm_lx6_depthwise_1_signed, tm_lx6_depthwise_2_signed;

/* out = a + b through tables, or with factors. */
typedef void tm_lx6_add(const int8_t *a, const int8_t *b, int8_t *out, int count, const tm_lx6_sum *sum);
tm_lx6_add tm_lx6_add_tables, tm_lx6_add_factors;

#endif
