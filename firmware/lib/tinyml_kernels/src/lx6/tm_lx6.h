/* The LX6 kernels' inner routines, in assembly. Activations are widened to int16 and shifted to 0..255 (x + 128). */
#ifndef TM_LX6_H
#define TM_LX6_H

#include "tm_packed.h"

/* Four int8 at a time to int16: x0, x2, x1, x3, each plus 128. `in` and `out` aligned to 4 bytes; quads > 0. */
void tm_lx6_widen_quads(const int8_t *in, int16_t *out, int quads);

/* One int8 at a time to int16, each plus 128, in order; returns the next place in `out`. count > 0. */
int16_t *tm_lx6_widen_bytes(const int8_t *in, int16_t *out, int count);

typedef struct tm_lx6_job {
    const int32_t *records; /* the first channel's record */
    int32_t channels;
    const int16_t *pixels; /* `taps` values for each; 8 bytes behind the last are read and not used */
    int32_t pixel_bytes;   /* taps * 2 * number of pixels */
    int32_t groups;        /* taps / 4 */
    int8_t *out;           /* the first channel of the first pixel */
    int32_t out_stride;    /* bytes from one pixel's output to the next */
} tm_lx6_job;

/* For each channel, for each pixel: dot product of int16, requantisation by the record's constants, one byte out. */
void tm_lx6_dot_rows(const tm_lx6_job *job);

/* The same where the rounding of negative accumulators differs (record words 3 and 4). */
void tm_lx6_dot_rows_two_sided(const tm_lx6_job *job);

/* One channel's plain accumulators, started at record word 0: acc[pixel]. */
void tm_lx6_dot_accumulators(const tm_lx6_job *job, int32_t *acc);

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
    const uint32_t *even, *odd;
    int32_t pixels;
    int32_t advance; /* bytes of lanes from one pixel's first tap to the next's, minus 36: -24 at stride 1, -12 at 2 */
    int8_t *out;     /* channel 0 of the four, first pixel */
    int32_t out_stride;
} tm_lx6_depthwise_job;

/* Four channels: for each pixel nine taps, requantisation, one byte out. */
void tm_lx6_depthwise_quad(const tm_lx6_depthwise_job *job);

/* out = a + b through tables. */
void tm_lx6_add(const int8_t *a, const int8_t *b, int8_t *out, int count, const tm_sum_tables *tables);

#endif
