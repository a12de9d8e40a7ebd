/* The Cortex-M4 kernels' inner routines (dot_pairs.S). */
#ifndef TM_M4_H
#define TM_M4_H

#include "tm_packed.h"

typedef struct tm_m4_job {
    const int32_t *records;
    int32_t pairs;         /* of output channels */
    const int16_t *pixels; /* two, widened, four taps of each in turn */
    int32_t steps;         /* of four taps */
    int8_t *out;           /* pixel 0 */
    int32_t stride_less_1; /* bytes from pixel 0's output to pixel 1's, less 1 */
} tm_m4_job;

void tm_m4_dot_pairs(const tm_m4_job *job);
void tm_m4_dot_pairs_two_sided(const tm_m4_job *job);
void tm_m4_widen_pairs(const int8_t *pixel_0, const int8_t *pixel_1, int16_t *out, int quads);
void tm_m4_depthwise(const int8_t *const *taps, const int32_t *records, int channels, int8_t *out);
void tm_m4_depthwise_two_sided(const int8_t *const *taps, const int32_t *records, int channels, int8_t *out);

#endif
