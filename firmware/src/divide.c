#include "divide.h"

uint64_t tinyml_divide(uint64_t number, uint32_t divisor, uint32_t *remainder) {
    uint64_t quotient = 0, rest = 0;
    for (int bit = 63; bit >= 0; bit--) {
        rest = (rest << 1) | ((number >> bit) & 1u);
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= (uint64_t)1 << bit;
        }
    }
    if (remainder != NULL)
        *remainder = (uint32_t)rest;
    return quotient;
}
