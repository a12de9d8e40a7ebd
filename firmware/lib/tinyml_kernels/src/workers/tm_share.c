/* What a model for two workers calls. */
#include "tinyml_kernels.h"

void tm_run_row(tm_share share, tm_row_kernel *kernel, const void *layer, const int8_t *const *rows, int8_t *out,
                int x_begin, int x_end, void *scratch, size_t scratch_bytes) {
    const int middle = x_begin + (x_end - x_begin + 1) / 2;
    const int begin = share == TM_SECOND_HALF ? middle : x_begin;
    const int end = share == TM_FIRST_HALF ? middle : x_end;
    if (share == TM_SECOND_HALF && scratch != NULL) {
        scratch = (char *)scratch + scratch_bytes;
    }
    if (begin < end) {
        kernel(layer, rows, out, begin, end, scratch);
    }
}

void tm_meet(tm_workers *workers, tm_share share) {
    if (share != TM_WHOLE_ROW) {
        workers->meet(workers, share);
    }
}

void tm_begin_step(tm_workers *workers, tm_share *share, const uint8_t *barriers, uint32_t *step) {
    if (*share == TM_WHOLE_ROW && workers != NULL) {
        workers->admit(workers, share);
    }
    if ((barriers[*step / 8] >> (*step % 8)) & 1) {
        tm_meet(workers, *share);
    }
    ++*step;
}
