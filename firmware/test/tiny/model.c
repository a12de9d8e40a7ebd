#include "model.h"

#ifndef INVERT_MASK
#define INVERT_MASK 0xff /* the one weight; a test changes it to see the self test fail */
#endif

enum { ROW_BYTES = MODEL_INPUT_WIDTH * MODEL_INPUT_CHANNELS, OUTPUT_OFFSET = 2 * ROW_BYTES };

const char *const model_layer_names[MODEL_LAYERS] = {"invert", "average"};

tm_status model_init(model *m, void *arena, size_t arena_bytes) {
    if (arena_bytes < MODEL_ARENA_BYTES)
        return TM_ERROR_ARENA;
    *m = (model){.arena = arena};
    return TM_OK;
}

int8_t *model_input_row(model *m) { return m->arena; }

const tm_edge model_outputs[MODEL_OUTPUTS] = {
    {"output", TM_INT8, OUTPUT_OFFSET, MODEL_OUTPUT_BYTES, 1, 1, MODEL_OUTPUT_BYTES, 1.0f / 256, -128}};

tm_status model_push_row(model *m) {
    int8_t *inverted = m->arena + ROW_BYTES;
    if (m->row >= MODEL_INPUT_HEIGHT)
        return TM_ERROR_STATE;
    for (int i = 0; i < ROW_BYTES; i++) {
        inverted[i] = (int8_t)(m->arena[i] ^ INVERT_MASK);
        if (i % MODEL_INPUT_CHANNELS != 1)
            m->sums[i % MODEL_INPUT_CHANNELS / 2] += inverted[i];
    }
    if (m->trace != NULL)
        m->trace(m->trace_user, 0, m->row, inverted, ROW_BYTES);
    if (++m->row < MODEL_INPUT_HEIGHT)
        return TM_OK;
    int8_t *output = m->arena + OUTPUT_OFFSET;
    for (int i = 0; i < MODEL_OUTPUT_BYTES; i++)
        output[i] = (int8_t)(m->sums[i] / (MODEL_INPUT_HEIGHT * MODEL_INPUT_WIDTH));
    if (m->trace != NULL)
        m->trace(m->trace_user, 1, 0, output, MODEL_OUTPUT_BYTES);
    return TM_DONE;
}
