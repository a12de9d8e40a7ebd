#include "tinyml_kernels.h"

void tm_lookup_row_s8_reference(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                                void *scratch) {
    const tm_lookup *lookup = (const tm_lookup *)layer;
    const ptrdiff_t end = (ptrdiff_t)x_end * lookup->channels;
    (void)scratch;
    for (ptrdiff_t i = (ptrdiff_t)x_begin * lookup->channels; i < end; ++i) {
        out[i] = lookup->table[(uint8_t)rows[0][i]];
    }
}
