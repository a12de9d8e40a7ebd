/* Addition on the LX6 (add.S). */
#if defined(__XTENSA__) && !defined(__XTENSA_CALL0_ABI__)

#include "tinyml_kernels.h"
#include "tm_lx6.h"

void tm_add_row_s8_lx6(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                       void *scratch) {
    const tm_binary *const binary = (const tm_binary *)layer;
    if (binary->packed == NULL) {
        tm_add_row_s8_reference(layer, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int begin = x_begin * binary->channels, count = x_end * binary->channels - begin;
    const tm_lx6_sum *const sum = (const tm_lx6_sum *)binary->packed;
    tm_lx6_add *const add = sum->a == NULL ? tm_lx6_add_factors : tm_lx6_add_tables;
    add(rows[0] + begin, rows[1] + begin, out + begin, count, sum);
}

#else
typedef int tm_add_row_s8_lx6_is_for_the_lx6; /* ISO C wants a declaration in every file */
#endif
