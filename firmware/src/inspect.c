/* What the device can tell of itself: what it runs, whether it computes what the PC computed, and what each layer costs. */
#include "board.h"
#include "crc32.h"
#include "hal.h"
#include "protocol.h"
#include "runtime.h"
#include "json.h"
#include "text.h"
#include "vision.h"

void command_info(tinyml_device *state, char *arguments) {
    (void)arguments;
    json_begin_line("info");
    json_string("version", application.version);
    json_string("board", hal_board);
    json_string("runtime", runtime_name);
    json_string("model", application.name);
    json_string("model_sha256", application.model_sha256);
    json_string("task", application.task == TASK_DETECT ? "detect" : "classify");
    json_open("input", '[');
    json_number(NULL, MODEL_INPUT_HEIGHT);
    json_number(NULL, MODEL_INPUT_WIDTH);
    json_number(NULL, MODEL_INPUT_CHANNELS);
    json_close(']');
    json_number("output_bytes", MODEL_OUTPUT_BYTES);
    json_open("labels", '[');
    for (int i = 0; i < application.class_count; i++)
        json_string(NULL, application.labels[i]);
    json_close(']');
    json_number("arena_bytes", runtime_arena_bytes());
    json_number("device_bytes", sizeof *state + MODEL_INPUT_BYTES);
    json_number("tick_hz", hal_tick_hz);
    board_describe();
    json_end_line();
}

void command_input(tinyml_device *state, char *arguments) {
    (void)arguments;
    json_begin_line("input");
    json_number("bytes", state->loaded_bytes);
    json_crc("crc32", tinyml_crc32(0, state->input, state->loaded_bytes));
    json_end_line();
}

void command_output(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    json_begin_line("output");
    json_hex("bytes", runtime_output(), MODEL_OUTPUT_BYTES);
    json_crc("crc32", tinyml_crc32(0, runtime_output(), MODEL_OUTPUT_BYTES));
    json_end_line();
}

/* Ticks from the end of one row to the end of the next belong to the layer of the next. */
typedef struct {
    uint64_t ticks[MODEL_LAYERS];
    uint64_t last;
} stopwatch;

static void lap(void *user, int layer, int row, const int8_t *data, int bytes) {
    stopwatch *watch = (stopwatch *)user;
    (void)row;
    (void)data;
    (void)bytes;
    watch->ticks[layer] += hal_ticks() - watch->last;
    watch->last = hal_ticks();
}

void command_layers(tinyml_device *state, char *arguments) {
    static stopwatch watch;
    (void)arguments;
    uint64_t begin = hal_ticks();
    bool ran = runtime_run(state->input);
    uint64_t ticks = hal_ticks() - begin;
    board_alive();
    for (int layer = 0; layer < MODEL_LAYERS; layer++)
        watch.ticks[layer] = 0;
    bool traced = runtime_set_trace(lap, &watch);
    watch.last = hal_ticks();
    if (traced)
        ran = runtime_run(state->input) && ran;
    runtime_set_trace(NULL, NULL);
    if (!ran) {
        protocol_error("Inference failed");
        return;
    }
    json_begin_line("layers");
    json_number("tick_hz", hal_tick_hz);
    json_number("ticks", ticks);
    json_open("layers", '[');
    for (int layer = 0; traced && layer < MODEL_LAYERS; layer++) {
        json_open(NULL, '{');
        json_string("name", runtime_layer_name(layer));
        json_number("ticks", watch.ticks[layer]);
        json_close('}');
    }
    json_close(']');
    json_end_line();
}

static void add_to_crc(void *user, int layer, int row, const int8_t *data, int bytes) {
    uint32_t *crcs = (uint32_t *)user;
    (void)row;
    crcs[layer] = tinyml_crc32(crcs[layer], data, (size_t)bytes);
}

static void report_layer(int number, int layer, uint32_t expected, uint32_t got) {
    json_number("golden", (uint32_t)number);
    json_number("layer", (uint32_t)layer);
    json_string("name", runtime_layer_name(layer));
    json_crc("expected", expected);
    json_crc("got", got);
}

/* Runs one golden input; writes what differs first into the open JSON object and gives false where anything does. */
static bool check_golden(int number) {
    static uint32_t crcs[MODEL_LAYERS];
    const tinyml_golden *known = &application.goldens[number];
    for (int layer = 0; layer < MODEL_LAYERS; layer++)
        crcs[layer] = 0;
    bool traced = known->layer_crcs != NULL && runtime_set_trace(add_to_crc, crcs);
    bool ran = runtime_run(known->input);
    runtime_set_trace(NULL, NULL);
    if (!ran) {
        json_number("golden", (uint32_t)number);
        json_string("failed", "inference");
        return false;
    }
    for (int layer = 0; traced && layer < MODEL_LAYERS; layer++) {
        if (crcs[layer] != known->layer_crcs[layer]) {
            report_layer(number, layer, known->layer_crcs[layer], crcs[layer]);
            return false;
        }
    }
    for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) {
        if (runtime_output()[i] != known->output[i]) {
            json_number("golden", (uint32_t)number);
            json_number("output", (uint32_t)i);
            json_signed("expected", known->output[i]);
            json_signed("got", runtime_output()[i]);
            return false;
        }
    }
    return true;
}

void command_selftest(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    json_begin_line("selftest");
    bool pass = true;
    for (int number = 0; pass && number < application.golden_count; number++) {
        pass = check_golden(number);
        board_alive();
    }
    json_number("goldens", application.golden_count);
    json_bool("model", pass);
    const char *colours = vision_check_colours();
    json_bool("colours", colours == NULL);
    if (colours != NULL)
        json_string("colours_differ", colours);
    json_bool("pass", pass && colours == NULL);
    json_end_line();
}
