/* What the compiler prepares for kernels that want their weights and constants in another form: `packed` of a layer.
 * tinyml/compiler/targets.py writes it; docs/kernels-lx6.md explains it. */
#ifndef TM_PACKED_H
#define TM_PACKED_H

#include <stdint.h>

/* LX6: one record of int32 words for each output channel, its weights behind its constants.
 *
 *             wide                                  small
 *   word 0    coarse                                coarse << 5 | shift
 *        1    fine                                  fine
 *        2    offset                                offset
 *        3    shift                                 -
 *     plain   4.. weights as int16, two a word      3.. weights as bytes, four a word
 *    signed   4   start                             3   start
 *             5   offset for sums below 0           4   offset for sums below 0
 *             6.. weights                           5.. weights
 *     exact   as signed: word 0 multiplier,         word 0 multiplier, 1 shift,
 *             3 shift, 4 start                      3 start
 *
 *   output = clamp_int8((sum * coarse + ((sum * fine) >> 16) + offset) >> shift)
 *
 * coarse + fine / 65536 is the multiplier in units of 2^-shift, offset holds rounding and the output's zero point, and the sum
 * of the products begins with start. TFLite rounds ties below 0 the other way. Exact: no constants could be proven, and
 * TFLite's own arithmetic takes over.
 *
 * A convolution's channels come in runs of one kind. The weights of a channel begin with the second and end with the
 * first: dot.S says why. Small records are half as large, for constants in flash; a row unpacks them (widen.S) before it
 * uses them. */
enum { TM_LX6_PLAIN_WORDS = 4, TM_LX6_SIGNED_WORDS = 6, TM_LX6_SMALL_PLAIN_WORDS = 3, TM_LX6_SMALL_SIGNED_WORDS = 5 };
enum { TM_LX6_PLAIN, TM_LX6_SIGNED, TM_LX6_EXACT };

typedef struct tm_lx6_run {
    int16_t channels;
    int16_t kind;
} tm_lx6_run;

typedef struct tm_lx6_conv {
    const int32_t *records;
    const tm_lx6_run *runs;
    int16_t run_count;
    int16_t taps;      /* weights of a record: kernel_height * kernel_width * in_channels, up to a multiple of 4 */
    int16_t quads;     /* 1: in_channels is a multiple of 4, and each four taps lie in the order 0, 2, 1, 3 */
    int16_t small;     /* 0: wide records; else small ones, of which so many are unpacked at a time */
    int16_t has_exact; /* 1: a run of them is exact */
} tm_lx6_conv;

typedef struct tm_lx6_depthwise {
    const int32_t *records; /* in each four channels the order is 0, 2, 1, 3; 9 weights in 5 words, column by column */
    int16_t is_signed;      /* the kind of all of them */
    int16_t small;          /* 0: wide records; 1: small ones, of 12 weights, 3 of them 0 */
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

/* LX6: the tables, or NULL for both and out = clamp_int8((a_factor * a + b_factor * b + offset) >> shift). */
typedef struct tm_lx6_sum {
    const int32_t *a, *b; /* as in tm_sum_tables */
    int32_t shift;
    int32_t a_factor, b_factor, offset;
} tm_lx6_sum;

#endif
