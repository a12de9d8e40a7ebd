/* What SOFTMAX and LOG_SOFTMAX have in common. */
#ifndef TM_EXPONENTIALS_H
#define TM_EXPONENTIALS_H

#include "tm_fixed_point.h"

enum { TM_SUM_INTEGER_BITS = 12 }; /* sums of exponentials are Q12.19 */

/* Sets *largest to the largest of a pixel's channels; returns the sum of exponential[largest - channel] over them all. */
static inline int32_t tm_sum_of_exponentials(const int8_t *in, int channels, const int32_t *exponential, int *largest) {
    *largest = INT8_MIN;
    for (int c = 0; c < channels; ++c) {
        *largest = in[c] > *largest ? in[c] : *largest;
    }
    int32_t sum = 0;
    for (int c = 0; c < channels; ++c) {
        sum += tm_divide_by_power_of_two(exponential[*largest - in[c]], TM_SUM_INTEGER_BITS);
    }
    return sum;
}

#endif
