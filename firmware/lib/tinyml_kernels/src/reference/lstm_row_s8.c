/* Long short-term memory, one step: gates of the input and of the last output, cells that keep a part of themselves. */
#include <string.h>

#include "tinyml_kernels.h"
#include "tm_requantize.h"

enum { INPUT, FORGET, CELL, OUTPUT };

static int32_t saturate_16(int32_t value) { return tm_clamp(value, INT16_MIN, INT16_MAX); }

/* 1 / (1 + exp(-x)) in Q0.16 for x = value / (24 << bits) >= 0, on a line between two entries of the table: << bits. */
static int32_t interpolated(const int16_t *sigmoid, uint32_t value, int bits) {
    const uint32_t at = value >> bits;
    const int32_t part = (int32_t)(value & ((UINT32_C(1) << bits) - 1u));
    const int32_t low = sigmoid[at];
    return ((low + (1 << 15)) << bits) + part * (sigmoid[at + 1] - low);
}

/* The sigmoid in Q0.15 of a value in Q3.12. */
static int32_t sigmoid_of(const int16_t *sigmoid, int32_t value) {
    const int32_t scaled = value * 3;
    const uint32_t size = (uint32_t)(scaled < 0 ? -scaled : scaled);
    const int32_t found = size >> 9 >= 255 ? 0x7fff << 10 : interpolated(sigmoid, size, 9);
    return (scaled >= 0 ? found + (1 << 9) : (1 << 25) - found + (1 << 9) - 1) >> 10;
}

/* The hyperbolic tangent in Q0.15 of a value in Q3.12 times 3: 2 * sigmoid(2x) - 1. */
static int32_t tanh_of(const int16_t *sigmoid, int32_t scaled) {
    const uint32_t size = (uint32_t)(scaled < 0 ? -scaled : scaled);
    const int32_t found = size >> 8 >= 255 ? 0xffff << 8 : interpolated(sigmoid, size, 8);
    return (scaled >= 0 ? found - (1 << 23) + (1 << 7) : -found + (1 << 23) + (1 << 7) - 1) >> 8;
}

static int32_t dot(const int8_t *a, const int8_t *b, int count, int32_t sum) {
    for (int i = 0; i < count; ++i) {
        sum += a[i] * b[i];
        TM_COUNT_MAC();
    }
    return sum;
}

/* What goes into a gate's function, in Q3.12. */
static int32_t sum_of(const tm_lstm *lstm, int gate, int unit, const int8_t *in, const int8_t *last) {
    const ptrdiff_t row = (ptrdiff_t)gate * lstm->units + unit;
    const int32_t *bias = lstm->bias + (ptrdiff_t)2 * gate * lstm->units + unit;
    const int32_t new_sum = dot(lstm->weights + row * lstm->inputs, in, lstm->inputs, bias[0]);
    const int32_t old_sum = dot(lstm->recurrent + row * lstm->units, last, lstm->units, bias[lstm->units]);
    const int32_t *multiplier = lstm->multiplier + 2 * gate;
    const int8_t *shift = lstm->shift + 2 * gate;
    return saturate_16(saturate_16(tm_requantize(new_sum, multiplier[0], shift[0])) +
                       saturate_16(tm_requantize(old_sum, multiplier[1], shift[1])));
}

void tm_lstm_row_s8_reference(const void *layer, const int8_t *in, int8_t *out, int8_t *const *states) {
    const tm_lstm *lstm = (const tm_lstm *)layer;
    int16_t *cells = (int16_t *)(void *)states[1];
    for (int unit = 0; unit < lstm->units; ++unit) {
        int32_t gates[4];
        for (int gate = 0; gate < 4; ++gate) {
            const int32_t sum = sum_of(lstm, gate, unit, in, states[0]);
            gates[gate] = gate == CELL ? tanh_of(lstm->sigmoid, 3 * sum) : sigmoid_of(lstm->sigmoid, sum);
        }
        const int32_t kept = saturate_16(tm_requantize(gates[FORGET] * cells[unit], INT32_C(1) << 30, -14));
        const int32_t taken =
            saturate_16(tm_requantize(gates[INPUT] * gates[CELL], lstm->cell_multiplier, lstm->cell_shift));
        int32_t cell = saturate_16(kept + taken);
        if (lstm->cell_clip > 0) {
            cell = tm_clamp(cell, -lstm->cell_clip, lstm->cell_clip);
        }
        cells[unit] = (int16_t)cell;
        const int32_t half = lstm->tanh_shift > 0 ? INT32_C(1) << (lstm->tanh_shift - 1) : 0;
        const int32_t shown = tanh_of(lstm->sigmoid, (cell * lstm->tanh_multiplier + half) >> lstm->tanh_shift);
        const int32_t value = tm_requantize(shown * gates[OUTPUT], lstm->out_multiplier, lstm->out_shift);
        out[unit] = (int8_t)tm_clamp(value + lstm->out_zero_point, INT8_MIN, INT8_MAX);
    }
    memcpy(states[0], out, (size_t)lstm->units);
}
