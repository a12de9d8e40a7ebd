/* Addition through tables, see tm_sum_tables. */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

#include "tinyml_kernels.h"
#include "tm_packed.h"

static inline int8_t saturated(int32_t value) {
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return (int8_t)result;
}

void tm_add_row_s8_cortex_m4(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    const tm_binary *const binary = (const tm_binary *)layer;
    const tm_sum_tables *const tables = (const tm_sum_tables *)binary->packed;
    if (tables == NULL) {
        tm_add_row_s8_reference(layer, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int32_t *const table_a = tables->a, *const table_b = tables->b;
    const int shift = tables->shift;
    const uint8_t *a = (const uint8_t *)rows[0] + x_begin * binary->channels;
    const uint8_t *b = (const uint8_t *)rows[1] + x_begin * binary->channels;
    int8_t *to = out + x_begin * binary->channels, *const end = out + x_end * binary->channels;
    while (to < end) {
        *to++ = saturated((table_a[*a++] + table_b[*b++]) >> shift);
    }
}

#else
typedef int tm_add_row_s8_cortex_m4_is_for_dsp_cores; /* ISO C wants a declaration in every file */
#endif
