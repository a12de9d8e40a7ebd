/* What the portable kernels share: operands of the width that suits the machine, and two inner pieces of work on a
 * block of four pixels by four output channels, in C for any machine and with SSE2 for a PC. */
#ifndef TM_PORTABLE_H
#define TM_PORTABLE_H

#include "tinyml_kernels.h"
#include "tm_requantize.h"

#define TM_RESTRICT __restrict /* C++ has no `restrict` */

/* A machine with vector registers multiplies 16-bit operands in pairs: there, they are widened into a block on the
 * stack, padded with zeros to TM_LANES. A scalar machine reads the bytes where they are. */
#if defined(__SSE2__) || defined(__ARM_NEON)
#define TM_VECTOR 1
typedef int16_t tm_operand;
enum { TM_LANES = 8 };
#else
#define TM_VECTOR 0
typedef int8_t tm_operand;
enum { TM_LANES = 1 };
#endif

enum { TM_DEPTHWISE_CHANNELS = 8 }; /* that tm_sum_3x3 computes together */

/* How sums become bytes: `bias`, `multiplier` and `shift` of a first channel, and the layer's range. */
typedef struct tm_output {
    const int32_t *bias, *multiplier;
    const int8_t *shift;
    int zero_point, low, high;
} tm_output;

/* The tm_output of `layer` (a tm_conv or tm_depthwise) from `channel` on. */
#define TM_OUTPUT(layer, channel)                                                                                      \
    {(layer)->bias + (channel),  (layer)->multiplier + (channel),                                                      \
     (layer)->shift + (channel), (layer)->out_zero_point,                                                              \
     (layer)->out_min,           (layer)->out_max}

static inline int tm_min(int a, int b) { return a < b ? a : b; }

static inline int tm_max(int a, int b) { return a > b ? a : b; }

/* Part of a row is computed on copies on the stack. The kernels go over it many times, with strides, and a PC fetches
 * cache lines ahead of that, beyond the part too: it would take them from the core that computes the rest. */
enum { TM_PART_BYTES = TM_VECTOR ? 12288 : 1 };

/* tm_requantize for right >= 1, without a mask or a comparison.
 *
 * With h the rounded high half, the reference's second rounding (halves away from zero) is
 * floor((h - [h < 0] + 2^(right-1)) / 2^right). Two floors in a row are one, so it is also
 * floor((floor((h - [h < 0]) / 2^(right-1)) + 1) / 2), in which nothing overflows: h lies within +-(2^31 - 1)
 * because 0 <= multiplier < 2^31. */
static inline int32_t tm_requantize_right(int32_t value, int32_t multiplier, int right) {
    const int32_t high = (int32_t)(((int64_t)value * multiplier + (INT64_C(1) << 30)) >> 31);
    return (((high + (high >> 31)) >> (right - 1)) + 1) >> 1;
}

/* Requantize the sum of channel `channel` and clamp it to the activation's range. */
static inline int8_t tm_finish(const tm_output *output, int channel, int32_t sum) {
    const int32_t value = sum + output->bias[channel], multiplier = output->multiplier[channel];
    const int shift = output->shift[channel];
    const int32_t scaled =
        shift < 0 ? tm_requantize_right(value, multiplier, -shift) : tm_requantize(value, multiplier, shift);
    return (int8_t)tm_clamp(scaled + output->zero_point, output->low, output->high);
}

/* Write pixels 0 .. count - 1 of four channels; sums[channel][pixel]. */
static inline void tm_finish_scalar(const tm_output *output, const int32_t sums[4][4], int count, int8_t *out,
                                    int pitch) {
    for (int pixel = 0; pixel < count; ++pixel) {
        for (int channel = 0; channel < 4; ++channel) {
            out[pixel * pitch + channel] = tm_finish(output, channel, sums[channel][pixel]);
        }
    }
}

#ifdef __SSE2__
#include "tm_portable_sse2.h"
#else

static inline void tm_copy(int8_t *TM_RESTRICT to, const int8_t *TM_RESTRICT from, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        to[i] = from[i];
    }
}

/* Copy `count` values to operands and fill up with zeros to `padded`. */
static inline void tm_load(tm_operand *TM_RESTRICT to, const int8_t *TM_RESTRICT from, int count, int padded) {
    for (int i = 0; i < count; ++i) {
        to[i] = from[i];
    }
    for (int i = count; i < padded; ++i) {
        to[i] = 0;
    }
}

/* sums[channel][pixel] of four pixels by two channels: eight sums in registers for six loads. */
static inline void tm_dot_4x2(const tm_operand *const pixels[4], const tm_operand *weights, int pitch, int depth,
                              int32_t sums[2][4]) {
    const tm_operand *const p0 = pixels[0], *const p1 = pixels[1], *const p2 = pixels[2], *const p3 = pixels[3];
    const tm_operand *const w0 = weights, *const w1 = weights + pitch;
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    for (int k = 0; k < depth; ++k) {
        const int32_t a = w0[k], b = w1[k];
        a0 += p0[k] * a;
        a1 += p1[k] * a;
        a2 += p2[k] * a;
        a3 += p3[k] * a;
        b0 += p0[k] * b;
        b1 += p1[k] * b;
        b2 += p2[k] * b;
        b3 += p3[k] * b;
    }
    sums[0][0] = a0, sums[0][1] = a1, sums[0][2] = a2, sums[0][3] = a3;
    sums[1][0] = b0, sums[1][1] = b1, sums[1][2] = b2, sums[1][3] = b3;
}

/* The same of two pixels by four channels. */
static inline void tm_dot_2x4(const tm_operand *const pixels[2], const tm_operand *weights, int pitch, int depth,
                              int32_t sums[4][4]) {
    for (int channel = 0; channel < 4; ++channel) {
        const tm_operand *const p0 = pixels[0], *const p1 = pixels[1], *const w = weights + channel * pitch;
        int32_t a0 = 0, a1 = 0;
        for (int k = 0; k < depth; ++k) {
            a0 += p0[k] * w[k];
            a1 += p1[k] * w[k];
        }
        sums[channel][0] = a0, sums[channel][1] = a1;
    }
}

/* What tm_finish_4x4 wants to know of four channels, prepared once for many pixels: here, nothing more. */
typedef tm_output tm_finisher;

static inline void tm_prepare(const tm_output *output, tm_finisher *finisher) { *finisher = *output; }

static inline void tm_finish_4x4(const tm_finisher *finisher, const int32_t sums[4][4], int count, int8_t *out,
                                 int pitch) {
    tm_finish_scalar(finisher, sums, count, out, pitch);
}

/* wide[i] = values[i] - zero_point */
static inline void tm_widen_4(const int8_t *values, int zero_point, int32_t wide[4]) {
    for (int i = 0; i < 4; ++i) {
        wide[i] = values[i] - zero_point;
    }
}

/* Add the zero point to four values and clamp them. */
static inline void tm_narrow_4(const int32_t values[4], int zero_point, int low, int high, int8_t *out) {
    for (int i = 0; i < 4; ++i) {
        out[i] = (int8_t)tm_clamp(values[i] + zero_point, low, high);
    }
}

/* Requantize four values of one scale in place. */
static inline void tm_scale_4(int32_t values[4], int32_t multiplier, int shift) {
    for (int i = 0; i < 4; ++i) {
        values[i] = tm_requantize(values[i], multiplier, shift);
    }
}

/* turned[channel][pixel] = sums[pixel][channel] */
static inline void tm_turn_4x4(const int32_t *sums, int pitch, int32_t turned[4][4]) {
    for (int pixel = 0; pixel < 4; ++pixel) {
        for (int channel = 0; channel < 4; ++channel) {
            turned[channel][pixel] = sums[pixel * pitch + channel];
        }
    }
}

/* The nine weights of TM_DEPTHWISE_CHANNELS channels: here, where they are. */
typedef struct tm_taps {
    const int8_t *weights;
    int pitch;
} tm_taps;

static inline void tm_load_3x3(const int8_t *weights, int pitch, tm_taps *factors) {
    factors->weights = weights, factors->pitch = pitch;
}

/* sums[c] = the nine products of channel first + c */
static inline void tm_sum_3x3(const int8_t *const taps[9], int first, const tm_taps *factors,
                              int32_t sums[TM_DEPTHWISE_CHANNELS]) {
    const int8_t *const t0 = taps[0] + first, *const t1 = taps[1] + first, *const t2 = taps[2] + first;
    const int8_t *const t3 = taps[3] + first, *const t4 = taps[4] + first, *const t5 = taps[5] + first;
    const int8_t *const t6 = taps[6] + first, *const t7 = taps[7] + first, *const t8 = taps[8] + first;
    const int pitch = factors->pitch;
    const int8_t *w = factors->weights;
    for (int c = 0; c < TM_DEPTHWISE_CHANNELS; ++c, ++w) {
        sums[c] = t0[c] * w[0] + t1[c] * w[pitch] + t2[c] * w[2 * pitch] + t3[c] * w[3 * pitch] + t4[c] * w[4 * pitch] +
                  t5[c] * w[5 * pitch] + t6[c] * w[6 * pitch] + t7[c] * w[7 * pitch] + t8[c] * w[8 * pitch];
    }
}
#endif

#endif
