/* The compiled model: each row goes in as it comes, and nothing holds a frame. */
#include "runtime.h"

#include <string.h>

#include "application.h"
#include "board.h"
#include "tinyml_kernels.h"

#if TINYML_WORKERS > 1
#include "tm_threads.h"
#endif

const char tinyml_runtime_name[] = "stream";

static model instance;
static int next_row;
static bool works_alone;
static runtime_trace trace_function;
static void *trace_user;

/* What shares the rows with this core; NULL where the board has one core, or the other cannot be had. */
static tm_workers *workers(void) {
#if TINYML_WORKERS > 1
    static tm_threads threads;
    static bool tried, started;
    if (!tried)
        started = tm_threads_start(&threads) != 0;
    tried = true;
    return started ? &threads.workers : NULL;
#else
    return NULL;
#endif
}

static void copy_constants_once(void) {
#if MODEL_COPIED_BYTES > 0
    static bool copied;
    if (!copied)
        model_copy_constants(tinyml_board_arena() + MODEL_COPIES_AT);
    copied = true;
#endif
}

static tm_status start_over(void) {
#if MODEL_TWO_ARENAS
    return model_init(&instance, tinyml_board_arena(), MODEL_ARENA_BYTES, tinyml_board_external(),
                      MODEL_EXTERNAL_BYTES);
#else
    return model_init(&instance, tinyml_board_arena(), MODEL_ARENA_BYTES);
#endif
}

/* Where an input or output lies whole. */
static uint8_t *place(uint32_t offset) {
    return offset < MODEL_ARENA_BYTES ? tinyml_board_arena() + offset
                                      : tinyml_board_external() + (offset - MODEL_ARENA_BYTES);
}

bool tinyml_runtime_begin(void) {
    next_row = 0;
    if (tinyml_board_arena() == NULL)
        return false;
    copy_constants_once();
    if (start_over() != TM_OK)
        return false;
    instance.workers = works_alone ? NULL : workers();
    instance.trace = trace_function;
    instance.trace_user = trace_user;
    return true;
}

#if MODEL_INPUTS == 1
enum { ROW_BYTES = MODEL_INPUT_BYTES / MODEL_INPUT_HEIGHT };

static void fill(int8_t *destination, const uint8_t *row) {
    if (tinyml_application.input_table == NULL) {
        for (int i = 0; i < ROW_BYTES; i++)
            destination[i] = (int8_t)row[i];
        return;
    }
    for (int channel = 0; channel < MODEL_INPUT_CHANNELS; channel++) {
        const int8_t *table = tinyml_application.input_table[channel];
        for (int i = channel; i < ROW_BYTES; i += MODEL_INPUT_CHANNELS)
            destination[i] = table[row[i]];
    }
}

bool tinyml_runtime_push_row(const uint8_t *row) {
    if (next_row >= MODEL_INPUT_HEIGHT)
        return false;
    bool last = ++next_row == MODEL_INPUT_HEIGHT;
#if MODEL_INPUT_ROWS
    fill((int8_t *)(void *)model_input_row(&instance), row);
    return model_push_row(&instance) == (last ? TM_DONE : TM_OK);
#else
    fill((int8_t *)(void *)model_input(&instance) + (next_row - 1) * ROW_BYTES, row);
    return !last || model_run(&instance) == TM_DONE;
#endif
}

bool tinyml_runtime_run(const uint8_t *inputs) {
    if (!tinyml_runtime_begin())
        return false;
    for (int row = 0; row < MODEL_INPUT_HEIGHT; row++)
        if (!tinyml_runtime_push_row(inputs + row * ROW_BYTES))
            return false;
    return true;
}
#else
bool tinyml_runtime_push_row(const uint8_t *row) {
    (void)row; /* several inputs are no picture */
    return false;
}

bool tinyml_runtime_run(const uint8_t *inputs) {
    if (!tinyml_runtime_begin())
        return false;
    const uint8_t *pushed = NULL;
    for (int i = 0; i < MODEL_INPUTS; inputs += model_inputs[i].bytes, i++) {
        if (i == MODEL_PUSHED)
            pushed = inputs;
        else
            memcpy(place(model_inputs[i].offset), inputs, model_inputs[i].bytes);
    }
#if MODEL_INPUT_ROWS
    const uint32_t row_bytes = model_inputs[MODEL_PUSHED].bytes / model_inputs[MODEL_PUSHED].height;
    tm_status status = TM_OK;
    for (; status == TM_OK; pushed += row_bytes) {
        memcpy(model_input_row(&instance), pushed, row_bytes);
        status = model_push_row(&instance);
    }
    return status == TM_DONE;
#else
    (void)pushed;
    return model_run(&instance) == TM_DONE;
#endif
}
#endif

const int8_t *tinyml_runtime_output(int number) {
    static const int8_t nothing[MODEL_OUTPUT_BYTES];
    return tinyml_board_arena() == NULL ? nothing : (const int8_t *)(void *)place(model_outputs[number].offset);
}

uint32_t tinyml_runtime_arena_bytes(void) { return MODEL_ARENA_BYTES; }

bool tinyml_runtime_set_trace(runtime_trace trace, void *user) {
    trace_function = trace;
    trace_user = user;
    return true;
}

void tinyml_runtime_work_alone(bool alone) { works_alone = alone; }

const char *tinyml_runtime_layer_name(int layer) { return model_layer_names[layer]; }
