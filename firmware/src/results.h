/* The model's outputs as numbers. */
#ifndef TINYML_RESULTS_H
#define TINYML_RESULTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RESULT_BITS = 24 }; /* of the fraction */

/* How many values output `number` has. */
int tinyml_result_count(int number);

/* Value `index` of output `number`, times 2^RESULT_BITS; beyond 2^30 it is taken for 2^30. A float that is no number, too. */
int64_t tinyml_result(int number, int index);

#ifdef __cplusplus
}
#endif

#endif
