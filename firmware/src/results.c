#include "results.h"

#include <string.h>

#include "application.h"
#include "runtime.h"

enum { EXPONENT_BIAS = 127, MANTISSA_BITS = 23, MOST_SHIFT = 30 };
static const int64_t most = (int64_t)1 << (MOST_SHIFT + RESULT_BITS);

static const uint8_t value_bytes[] = {[TM_INT8] = 1, [TM_UINT8] = 1, [TM_INT16] = 2, [TM_INT32] = 4, [TM_FLOAT32] = 4};

int tinyml_result_count(int number) {
    const tinyml_edge *edge = &tinyml_application.outputs[number];
    return (int)(edge->bytes / value_bytes[edge->type]);
}

/* Without a floating-point unit's, or its library's, instructions. */
static int64_t from_float(uint32_t bits) {
    const int exponent = (int)((bits >> MANTISSA_BITS) & 255u);
    const int shift = exponent - EXPONENT_BIAS - MANTISSA_BITS + RESULT_BITS;
    int64_t magnitude = (int64_t)(bits & 0x7fffffu) | 0x800000;
    if (shift > MOST_SHIFT) {
        magnitude = most;
    } else if (shift >= 0) {
        magnitude <<= shift;
    } else if (shift >= -MANTISSA_BITS - 1) {
        magnitude = (magnitude + ((int64_t)1 << (-shift - 1))) >> -shift;
    } else {
        magnitude = 0;
    }
    return bits >> 31 ? -magnitude : magnitude;
}

static int32_t code_of(uint8_t type, const int8_t *value) {
    int16_t half;
    int32_t word;
    switch (type) {
    case TM_INT8:
        return *value;
    case TM_UINT8:
        return (uint8_t)*value;
    case TM_INT16:
        memcpy(&half, value, sizeof half);
        return half;
    default:
        memcpy(&word, value, sizeof word);
        return word;
    }
}

int64_t tinyml_result(int number, int index) {
    const tinyml_edge *edge = &tinyml_application.outputs[number];
    const int8_t *value = tinyml_runtime_output(number) + (size_t)index * value_bytes[edge->type];
    const int32_t code = code_of(edge->type, value);
    if (edge->type == TM_FLOAT32)
        return from_float((uint32_t)code);
    const int64_t result = ((int64_t)code - edge->zero_point) * edge->scale_q24;
    return result > most ? most : result < -most ? -most : result;
}
