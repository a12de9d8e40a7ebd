/* What the compiler prepares for kernels that want their weights and constants in another form: `packed` of a layer.
 * tinyml/compiler/targets.py writes it; docs/kernels-lx6.md explains it. */
#ifndef TM_PACKED_H
#define TM_PACKED_H

#include <stdint.h>

/* LX6: one record of int32 words for each output channel, its weights behind its constants.
 *
 *   word 0   start: the accumulator's first value
 *        1   coarse, 2 fine: the multiplier as coarse + fine / 65536, in units of 2^-shift
 *        3   offset: rounding and output zero point, for accumulators of 0 and more
 *        4   offset for negative accumulators, where TFLite rounds ties the other way; equal to word 3 else
 *        5   shift, or TM_LX6_EXACT: no such constants could be proven, the exact routine takes over
 *        6.. weights as int16, two a word
 *
 *   output = clamp_int8((acc * coarse + ((acc * fine) >> 16) + offset) >> shift)
 */
enum { TM_LX6_CONSTANTS = 6, TM_LX6_EXACT = -1 };

typedef struct tm_lx6_conv {
    const int32_t *records;
    int16_t record_words;
    int16_t taps;     /* int16 weights of a record: kernel_height * kernel_width * in_channels, up to a multiple of 4 */
    int8_t quads;     /* 1: in_channels is a multiple of 4, and each four taps lie in the order 0, 2, 1, 3 */
    int8_t two_sided; /* 1: some channel's words 3 and 4 differ */
    int8_t exact;     /* 1: some channel is TM_LX6_EXACT */
} tm_lx6_conv;

typedef struct tm_lx6_depthwise {
    const int32_t *records; /* in each four channels the order is 0, 2, 1, 3; 9 weights in 5 words */
} tm_lx6_depthwise;

/* Cortex-M4: weights as int16 that hold a factor of 2 (and left shifts), laid out as dot_pairs.S says. */
typedef struct tm_m4_conv {
    const int32_t *records; /* one for each pair of output channels */
    int16_t taps;           /* up to a multiple of 4 */
    int16_t two_sided;      /* 1: the rounding of negative values matters */
} tm_m4_conv;

typedef struct tm_m4_depthwise_layer {
    const int32_t *records; /* one for every four channels */
    int32_t two_sided;
} tm_m4_depthwise_layer;

/* Addition: out = clamp_int8((a[x] + b[y]) >> shift), the tables indexed by the bytes as uint8. */
typedef struct tm_sum_tables {
    const int32_t *a, *b; /* [256]; rounding and the output's zero point are in b */
    int32_t shift;
} tm_sum_tables;

#endif
