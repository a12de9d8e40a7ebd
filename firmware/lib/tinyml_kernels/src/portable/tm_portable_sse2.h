/* The inner pieces of tm_portable.h with SSE2, which every 64-bit PC has; included by it alone. */
#include <emmintrin.h>

/* Return the sums of the four lanes of a, b, c and d. */
static inline __m128i tm_sum_lanes(__m128i a, __m128i b, __m128i c, __m128i d) {
    const __m128i ab = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    const __m128i cd = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    return _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
}

/* Not as memcpy does it: its string instructions wait for one cache line after the other, these loads do not. */
static inline void tm_copy(int8_t *TM_RESTRICT to, const int8_t *TM_RESTRICT from, int bytes) {
    int i = 0;
    for (; i + 16 <= bytes; i += 16) {
        _mm_storeu_si128((__m128i *)(void *)(to + i), _mm_loadu_si128((const __m128i *)(const void *)(from + i)));
    }
    for (; i < bytes; ++i) {
        to[i] = from[i];
    }
}

/* Copy `count` values to operands and fill up with zeros to `padded`, which is `count` up to a multiple of TM_LANES. */
static inline void tm_load(tm_operand *TM_RESTRICT to, const int8_t *TM_RESTRICT from, int count, int padded) {
    int i = 0;
    for (; i + TM_LANES <= count; i += TM_LANES) {
        const __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)(from + i));
        _mm_storeu_si128((__m128i *)(void *)(to + i), _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8));
    }
    for (; i < padded; ++i) {
        to[i] = i < count ? from[i] : 0;
    }
}

static inline __m128i tm_operands(const tm_operand *from) {
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static inline __m128i tm_sums(const int32_t *from) { return _mm_loadu_si128((const __m128i *)(const void *)from); }

static inline void tm_store(int32_t *to, __m128i sums) { _mm_storeu_si128((__m128i *)(void *)to, sums); }

/* sums[channel][pixel] of four pixels by two channels; `depth` is a multiple of TM_LANES. */
static inline void tm_dot_4x2(const tm_operand *const pixels[4], const tm_operand *weights, int pitch, int depth,
                              int32_t sums[2][4]) {
    const tm_operand *const p0 = pixels[0], *const p1 = pixels[1], *const p2 = pixels[2], *const p3 = pixels[3];
    __m128i a0 = _mm_setzero_si128(), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (int k = 0; k < depth; k += TM_LANES) {
        const __m128i a = tm_operands(weights + k), b = tm_operands(weights + pitch + k);
        const __m128i v0 = tm_operands(p0 + k), v1 = tm_operands(p1 + k);
        const __m128i v2 = tm_operands(p2 + k), v3 = tm_operands(p3 + k);
        a0 = _mm_add_epi32(a0, _mm_madd_epi16(v0, a));
        a1 = _mm_add_epi32(a1, _mm_madd_epi16(v1, a));
        a2 = _mm_add_epi32(a2, _mm_madd_epi16(v2, a));
        a3 = _mm_add_epi32(a3, _mm_madd_epi16(v3, a));
        b0 = _mm_add_epi32(b0, _mm_madd_epi16(v0, b));
        b1 = _mm_add_epi32(b1, _mm_madd_epi16(v1, b));
        b2 = _mm_add_epi32(b2, _mm_madd_epi16(v2, b));
        b3 = _mm_add_epi32(b3, _mm_madd_epi16(v3, b));
    }
    tm_store(sums[0], tm_sum_lanes(a0, a1, a2, a3));
    tm_store(sums[1], tm_sum_lanes(b0, b1, b2, b3));
}

/* The same of two pixels by four channels; sums[channel][2] and [3] are zero. */
static inline void tm_dot_2x4(const tm_operand *const pixels[2], const tm_operand *weights, int pitch, int depth,
                              int32_t sums[4][4]) {
    const __m128i zero = _mm_setzero_si128();
    for (int channel = 0; channel < 4; channel += 2) {
        const tm_operand *const w0 = weights + channel * pitch, *const w1 = w0 + pitch;
        __m128i a0 = zero, a1 = zero, b0 = zero, b1 = zero;
        for (int k = 0; k < depth; k += TM_LANES) {
            const __m128i v0 = tm_operands(pixels[0] + k), v1 = tm_operands(pixels[1] + k);
            const __m128i a = tm_operands(w0 + k), b = tm_operands(w1 + k);
            a0 = _mm_add_epi32(a0, _mm_madd_epi16(v0, a));
            a1 = _mm_add_epi32(a1, _mm_madd_epi16(v1, a));
            b0 = _mm_add_epi32(b0, _mm_madd_epi16(v0, b));
            b1 = _mm_add_epi32(b1, _mm_madd_epi16(v1, b));
        }
        tm_store(sums[channel], tm_sum_lanes(a0, a1, zero, zero));
        tm_store(sums[channel + 1], tm_sum_lanes(b0, b1, zero, zero));
    }
}

/* The first rounding of four values of one scale: the high half of 2 * value * factor; `lifted` is value + 2^31.
 *
 * SSE2 multiplies unsigned only; the lifted values are unsigned, and what they count too much is 2^31 * multiplier,
 * which leaves the high half as the multiplier itself. */
static inline __m128i tm_high_half(__m128i lifted, __m128i factor) {
    const __m128i half = _mm_set1_epi64x(INT64_C(1) << 30), even_lanes = _mm_set1_epi64x(0xFFFFFFFF);
    const __m128i even = _mm_srli_epi64(_mm_add_epi64(_mm_mul_epu32(lifted, factor), half), 31);
    const __m128i odd = _mm_slli_epi64(_mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(lifted, 32), factor), half), 1);
    const __m128i both = _mm_or_si128(_mm_and_si128(even_lanes, even), _mm_andnot_si128(even_lanes, odd));
    return _mm_sub_epi32(both, factor);
}

/* The second rounding, as in tm_requantize_right; `shift` holds right - 1. */
static inline __m128i tm_shift_right(__m128i high, __m128i shift) {
    const __m128i twice = _mm_sra_epi32(_mm_add_epi32(high, _mm_srai_epi32(high, 31)), shift);
    return _mm_srai_epi32(_mm_add_epi32(twice, _mm_set1_epi32(1)), 1);
}

/* wide[i] = values[i] - zero_point */
static inline void tm_widen_4(const int8_t *values, int zero_point, int32_t wide[4]) {
    int32_t four;
    __builtin_memcpy(&four, values, sizeof four);
    const __m128i bytes = _mm_cvtsi32_si128(four);
    const __m128i words = _mm_unpacklo_epi8(bytes, bytes);
    const __m128i sums = _mm_srai_epi32(_mm_unpacklo_epi16(words, words), 24);
    tm_store(wide, _mm_sub_epi32(sums, _mm_set1_epi32(zero_point)));
}

/* Add the zero point to four values and clamp them. */
static inline void tm_narrow_4(const int32_t values[4], int zero_point, int low, int high, int8_t *out) {
    const __m128i words = _mm_packs_epi32(tm_sums(values), _mm_setzero_si128());
    const __m128i moved = _mm_adds_epi16(words, _mm_set1_epi16((int16_t)zero_point));
    const __m128i least = _mm_set1_epi16((int16_t)low), most = _mm_set1_epi16((int16_t)high);
    const __m128i clamped = _mm_max_epi16(_mm_min_epi16(moved, most), least);
    const int32_t four = _mm_cvtsi128_si32(_mm_packs_epi16(clamped, clamped));
    __builtin_memcpy(out, &four, sizeof four);
}

/* Requantize four values of one scale in place. */
static inline void tm_scale_4(int32_t values[4], int32_t multiplier, int shift) {
    if (shift > 0) {
        for (int i = 0; i < 4; ++i) {
            values[i] = tm_requantize(values[i], multiplier, shift);
        }
        return;
    }
    const __m128i lifted = _mm_xor_si128(tm_sums(values), _mm_set1_epi32(INT32_MIN));
    const __m128i high = tm_high_half(lifted, _mm_set1_epi32(multiplier));
    tm_store(values, shift == 0 ? high : tm_shift_right(high, _mm_cvtsi32_si128(-shift - 1)));
}

/* Four channels' constants spread over vectors, once for many pixels. */
typedef struct tm_finisher {
    __m128i bias[4], factor[4], shift[4]; /* bias + 2^31, multiplier, right - 1 */
    __m128i zero_point, low, high;        /* of 16 bits */
    const tm_output *output;
    int simple; /* all four shift to the right */
} tm_finisher;

static inline void tm_prepare(const tm_output *output, tm_finisher *finisher) {
    const __m128i lifted = _mm_xor_si128(tm_sums(output->bias), _mm_set1_epi32(INT32_MIN));
    const __m128i factors = tm_sums(output->multiplier), lowest_lane = _mm_cvtsi32_si128(-1);
    int32_t four;
    __builtin_memcpy(&four, output->shift, sizeof four);
    const __m128i bytes = _mm_cvtsi32_si128(four), words = _mm_unpacklo_epi8(bytes, bytes);
    const __m128i shifts = _mm_srai_epi32(_mm_unpacklo_epi16(words, words), 24);
    const __m128i right = _mm_xor_si128(shifts, _mm_set1_epi32(-1)); /* -1 - shift */
    finisher->output = output;
    finisher->simple = _mm_movemask_epi8(shifts) == 0xFFFF; /* all are negative */
#define TM_SPREAD(lane)                                                                                                \
    finisher->bias[lane] = _mm_shuffle_epi32(lifted, lane * 0x55);                                                     \
    finisher->factor[lane] = _mm_shuffle_epi32(factors, lane * 0x55);                                                  \
    finisher->shift[lane] = _mm_and_si128(_mm_shuffle_epi32(right, lane * 0x55), lowest_lane)
    TM_SPREAD(0);
    TM_SPREAD(1);
    TM_SPREAD(2);
    TM_SPREAD(3);
#undef TM_SPREAD
    finisher->zero_point = _mm_set1_epi16((int16_t)output->zero_point);
    finisher->low = _mm_set1_epi16((int16_t)output->low);
    finisher->high = _mm_set1_epi16((int16_t)output->high);
}

/* Write pixels 0 .. count - 1 of four channels; sums[channel][pixel]. */
static inline void tm_finish_4x4(const tm_finisher *finisher, const int32_t sums[4][4], int count, int8_t *out,
                                 int pitch) {
    __m128i scaled[4];
    if (!finisher->simple) {
        tm_finish_scalar(finisher->output, sums, count, out, pitch);
        return;
    }
    for (int channel = 0; channel < 4; ++channel) {
        const __m128i lifted = _mm_add_epi32(tm_sums(sums[channel]), finisher->bias[channel]);
        scaled[channel] = tm_shift_right(tm_high_half(lifted, finisher->factor[channel]), finisher->shift[channel]);
    }
    __m128i first = _mm_adds_epi16(_mm_packs_epi32(scaled[0], scaled[1]), finisher->zero_point);
    __m128i second = _mm_adds_epi16(_mm_packs_epi32(scaled[2], scaled[3]), finisher->zero_point);
    first = _mm_max_epi16(_mm_min_epi16(first, finisher->high), finisher->low);
    second = _mm_max_epi16(_mm_min_epi16(second, finisher->high), finisher->low);
    /* Words a0..a3 b0..b3 and c0..c3 d0..d3 to bytes a0 b0 c0 d0, a1 b1 c1 d1, ... */
    const __m128i ab = _mm_unpacklo_epi16(first, _mm_srli_si128(first, 8));
    const __m128i cd = _mm_unpacklo_epi16(second, _mm_srli_si128(second, 8));
    __m128i bytes = _mm_packs_epi16(_mm_unpacklo_epi32(ab, cd), _mm_unpackhi_epi32(ab, cd));
    for (int pixel = 0; pixel < count; ++pixel) {
        const int32_t four = _mm_cvtsi128_si32(bytes);
        __builtin_memcpy(out + pixel * pitch, &four, sizeof four);
        bytes = _mm_srli_si128(bytes, 4);
    }
}

/* turned[channel][pixel] = sums[pixel][channel] */
static inline void tm_turn_4x4(const int32_t *sums, int pitch, int32_t turned[4][4]) {
    const __m128i p0 = tm_sums(sums), p1 = tm_sums(sums + pitch);
    const __m128i p2 = tm_sums(sums + 2 * pitch), p3 = tm_sums(sums + 3 * pitch);
    const __m128i low01 = _mm_unpacklo_epi32(p0, p1), low23 = _mm_unpacklo_epi32(p2, p3);
    const __m128i high01 = _mm_unpackhi_epi32(p0, p1), high23 = _mm_unpackhi_epi32(p2, p3);
    tm_store(turned[0], _mm_unpacklo_epi64(low01, low23));
    tm_store(turned[1], _mm_unpackhi_epi64(low01, low23));
    tm_store(turned[2], _mm_unpacklo_epi64(high01, high23));
    tm_store(turned[3], _mm_unpackhi_epi64(high01, high23));
}

/* The nine weights of eight channels, two taps side by side in 16 bits each, four channels to a vector. */
typedef struct tm_taps {
    __m128i low[5], high[5];
} tm_taps;

/* Widen eight values of two taps to pairs: channels 0..3 in `low`, 4..7 in `high`. */
static inline void tm_pair(const int8_t *first, const int8_t *second, __m128i *low, __m128i *high) {
    const __m128i a = _mm_loadl_epi64((const __m128i *)(const void *)first);
    const __m128i b = second ? _mm_loadl_epi64((const __m128i *)(const void *)second) : _mm_setzero_si128();
    const __m128i ab = _mm_unpacklo_epi8(a, b);
    *low = _mm_srai_epi16(_mm_unpacklo_epi8(ab, ab), 8);
    *high = _mm_srai_epi16(_mm_unpackhi_epi8(ab, ab), 8);
}

static inline void tm_load_3x3(const int8_t *weights, int pitch, tm_taps *factors) {
    for (int pair = 0; pair < 5; ++pair) {
        const int8_t *const first = weights + 2 * pair * pitch;
        tm_pair(first, pair < 4 ? first + pitch : NULL, &factors->low[pair], &factors->high[pair]);
    }
}

/* sums[c] = the nine products of channel first + c */
static inline void tm_sum_3x3(const int8_t *const taps[9], int first, const tm_taps *factors,
                              int32_t sums[TM_DEPTHWISE_CHANNELS]) {
    __m128i low_sum = _mm_setzero_si128(), high_sum = low_sum;
    for (int pair = 0; pair < 5; ++pair) {
        __m128i low, high;
        tm_pair(taps[2 * pair] + first, pair < 4 ? taps[2 * pair + 1] + first : NULL, &low, &high);
        low_sum = _mm_add_epi32(low_sum, _mm_madd_epi16(low, factors->low[pair]));
        high_sum = _mm_add_epi32(high_sum, _mm_madd_epi16(high, factors->high[pair]));
    }
    tm_store(sums, low_sum);
    tm_store(sums + 4, high_sum);
}
