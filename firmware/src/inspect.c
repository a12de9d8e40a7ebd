/* What the device can tell of itself: what it runs, whether it computes what the PC computed, and what each layer costs. */
#include "board.h"
#include "crc32.h"
#include "cycles.h"
#include "hal.h"
#include "protocol.h"
#include "runtime.h"
#include "json.h"
#include "text.h"
#include "vision.h"

static const char *const task_name[] = {[TASK_CLASSIFY] = "classify", [TASK_DETECT] = "detect", [TASK_RAW] = "raw"};

static const char *const type_name[] = {
    [TM_INT8] = "int8", [TM_UINT8] = "uint8", [TM_INT16] = "int16", [TM_INT32] = "int32", [TM_FLOAT32] = "float32"};

static void describe_edges(const char *key, const tinyml_edge *edges, int count) {
    tinyml_json_open(key, '[');
    for (int i = 0; i < count; i++) {
        tinyml_json_open(NULL, '{');
        tinyml_json_string("name", edges[i].name);
        tinyml_json_string("type", type_name[edges[i].type]);
        tinyml_json_open("shape", '[');
        tinyml_json_number(NULL, edges[i].height);
        tinyml_json_number(NULL, edges[i].width);
        tinyml_json_number(NULL, edges[i].channels);
        tinyml_json_close(']');
        tinyml_json_number("bytes", edges[i].bytes);
        tinyml_json_close('}');
    }
    tinyml_json_close(']');
}

void tinyml_command_info(tinyml_device *state, char *arguments) {
    (void)arguments;
    tinyml_json_begin_line("info");
    tinyml_json_string("version", tinyml_application.version);
    tinyml_json_string("board", hal_board);
    tinyml_json_string("runtime", tinyml_runtime_name);
    tinyml_json_string("model", tinyml_application.name);
    tinyml_json_string("model_sha256", tinyml_application.model_sha256);
    tinyml_json_string("task", task_name[tinyml_application.task]);
    tinyml_json_open("input", '[');
    tinyml_json_number(NULL, MODEL_INPUT_HEIGHT);
    tinyml_json_number(NULL, MODEL_INPUT_WIDTH);
    tinyml_json_number(NULL, MODEL_INPUT_CHANNELS);
    tinyml_json_close(']');
    tinyml_json_number("output_bytes", MODEL_OUTPUT_BYTES);
    describe_edges("inputs", tinyml_application.inputs, MODEL_INPUTS);
    describe_edges("outputs", tinyml_application.outputs, MODEL_OUTPUTS);
    tinyml_json_open("labels", '[');
    for (int i = 0; i < tinyml_application.class_count; i++)
        tinyml_json_string(NULL, tinyml_application.labels[i]);
    tinyml_json_close(']');
    tinyml_json_number("arena_bytes", tinyml_runtime_arena_bytes());
    tinyml_json_number("device_bytes", sizeof *state + MODEL_INPUT_BYTES);
    tinyml_json_number("tick_hz", hal_tick_hz);
    tinyml_board_describe();
    tinyml_json_end_line();
}

void tinyml_command_input(tinyml_device *state, char *arguments) {
    (void)arguments;
    tinyml_json_begin_line("input");
    tinyml_json_number("bytes", state->loaded_bytes);
    tinyml_json_crc("crc32", tinyml_crc32(0, state->input + state->load_at, state->loaded_bytes));
    tinyml_json_end_line();
}

void tinyml_command_output(tinyml_device *state, char *arguments) {
    (void)state;
    const char *name = tinyml_protocol_word(&arguments);
    const int number = name == NULL ? 0 : tinyml_protocol_edge(tinyml_application.outputs, MODEL_OUTPUTS, name);
    if (number < 0) {
        tinyml_text("e-[There is no output ");
        tinyml_text(name);
        tinyml_text_line("]");
        return;
    }
    const uint32_t bytes = tinyml_application.outputs[number].bytes;
    tinyml_json_begin_line("output");
    tinyml_json_hex("bytes", tinyml_runtime_output(number), bytes);
    tinyml_json_crc("crc32", tinyml_crc32(0, tinyml_runtime_output(number), bytes));
    tinyml_json_end_line();
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

void tinyml_command_layers(tinyml_device *state, char *arguments) {
    static stopwatch watch;
    (void)arguments;
    uint64_t begin = hal_ticks();
    bool ran = tinyml_runtime_run(state->input);
    uint64_t ticks = hal_ticks() - begin;
    tinyml_board_alive();
    for (int layer = 0; layer < MODEL_LAYERS; layer++)
        watch.ticks[layer] = 0;
    bool traced = tinyml_runtime_set_trace(lap, &watch);
    watch.last = hal_ticks();
    if (traced)
        ran = tinyml_runtime_run(state->input) && ran;
    tinyml_runtime_set_trace(NULL, NULL);
    if (!ran) {
        tinyml_protocol_error("Inference failed");
        return;
    }
    tinyml_json_begin_line("layers");
    tinyml_json_number("tick_hz", hal_tick_hz);
    tinyml_json_number("ticks", ticks);
    tinyml_json_open("layers", '[');
    for (int layer = 0; traced && layer < MODEL_LAYERS; layer++) {
        tinyml_json_open(NULL, '{');
        tinyml_json_string("name", tinyml_runtime_layer_name(layer));
        tinyml_json_number("ticks", watch.ticks[layer]);
        tinyml_json_close('}');
    }
    tinyml_json_close(']');
    tinyml_json_end_line();
}

/* As `stopwatch`, in cycles of the core, which wrap; the trace calls it on one core only. */
typedef struct {
    uint32_t cycles[MODEL_LAYERS];
    uint32_t last;
} cycle_watch;

static void cycle_lap(void *user, int layer, int row, const int8_t *data, int bytes) {
    cycle_watch *watch = (cycle_watch *)user;
    (void)row;
    (void)data;
    (void)bytes;
    watch->cycles[layer] += tinyml_cycles_now() - watch->last;
    watch->last = tinyml_cycles_now();
}

/* The cycles of one inference, the second of two: the first one fills the caches. */
static bool count_inference(const uint8_t *input, const char *key) {
    bool ran = tinyml_runtime_run(input);
    tinyml_board_alive();
    const uint32_t begin = tinyml_cycles_now();
    ran = tinyml_runtime_run(input) && ran;
    if (ran)
        tinyml_json_number(key, tinyml_cycles_now() - begin);
    tinyml_board_alive();
    return ran;
}

static bool count_layers(const uint8_t *input) {
    static cycle_watch watch;
    for (int layer = 0; layer < MODEL_LAYERS; layer++)
        watch.cycles[layer] = 0;
    const bool traced = tinyml_runtime_set_trace(cycle_lap, &watch);
    watch.last = tinyml_cycles_now();
    const bool ran = !traced || tinyml_runtime_run(input);
    tinyml_runtime_set_trace(NULL, NULL);
    tinyml_json_open("layers", '[');
    for (int layer = 0; traced && ran && layer < MODEL_LAYERS; layer++) {
        tinyml_json_open(NULL, '{');
        tinyml_json_string("name", tinyml_runtime_layer_name(layer));
        tinyml_json_number("cycles", watch.cycles[layer]);
        tinyml_json_close('}');
    }
    tinyml_json_close(']');
    return ran;
}

void tinyml_command_cycles(tinyml_device *state, char *arguments) {
    (void)arguments;
    tinyml_json_begin_line("cycles");
    tinyml_json_bool("available", tinyml_cycles_available());
    if (!tinyml_cycles_available()) {
        tinyml_json_string("why", "this board executes instructions, and counts no cycles");
    } else {
        tinyml_json_number("clock_hz", tinyml_cycles_hz());
        tinyml_cycles_describe();
        bool ran = count_inference(state->input, "all_cores");
        tinyml_runtime_work_alone(true);
        ran = count_inference(state->input, "one_core") && ran;
        ran = count_layers(state->input) && ran;
        tinyml_runtime_work_alone(false);
        tinyml_json_bool("ran", ran);
    }
    tinyml_json_end_line();
}

static void add_to_crc(void *user, int layer, int row, const int8_t *data, int bytes) {
    uint32_t *crcs = (uint32_t *)user;
    (void)row;
    crcs[layer] = tinyml_crc32(crcs[layer], data, (size_t)bytes);
}

static void report_layer(int number, int layer, uint32_t expected, uint32_t got) {
    tinyml_json_number("golden", (uint32_t)number);
    tinyml_json_number("layer", (uint32_t)layer);
    tinyml_json_string("name", tinyml_runtime_layer_name(layer));
    tinyml_json_crc("expected", expected);
    tinyml_json_crc("got", got);
}

/* Writes the first byte that differs, its number counted over all outputs, and gives false where one does. */
static bool check_outputs(int golden, const int8_t *expected) {
    uint32_t at = 0;
    for (int number = 0; number < MODEL_OUTPUTS; number++) {
        const int8_t *got = tinyml_runtime_output(number);
        for (uint32_t i = 0; i < tinyml_application.outputs[number].bytes; i++, at++) {
            if (got[i] != expected[at]) {
                tinyml_json_number("golden", (uint32_t)golden);
                tinyml_json_number("output", at);
                tinyml_json_signed("expected", expected[at]);
                tinyml_json_signed("got", got[i]);
                return false;
            }
        }
    }
    return true;
}

/* Runs one golden input; writes what differs first into the open JSON object and gives false where anything does. */
static bool check_golden(int number) {
    static uint32_t crcs[MODEL_LAYERS];
    const tinyml_golden *known = &tinyml_application.goldens[number];
    for (int layer = 0; layer < MODEL_LAYERS; layer++)
        crcs[layer] = 0;
    bool traced = known->layer_crcs != NULL && tinyml_runtime_set_trace(add_to_crc, crcs);
    bool ran = tinyml_runtime_run(known->input);
    tinyml_runtime_set_trace(NULL, NULL);
    if (!ran) {
        tinyml_json_number("golden", (uint32_t)number);
        tinyml_json_string("failed", "inference");
        return false;
    }
    for (int layer = 0; traced && layer < MODEL_LAYERS; layer++) {
        if (crcs[layer] != known->layer_crcs[layer]) {
            report_layer(number, layer, known->layer_crcs[layer], crcs[layer]);
            return false;
        }
    }
    return check_outputs(number, known->output);
}

void tinyml_command_selftest(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    tinyml_json_begin_line("selftest");
    bool pass = true;
    for (int number = 0; pass && number < tinyml_application.golden_count; number++) {
        pass = check_golden(number);
        tinyml_board_alive();
    }
    tinyml_json_number("goldens", tinyml_application.golden_count);
    tinyml_json_bool("model", pass);
    const char *colours = tinyml_vision_check_colours();
    tinyml_json_bool("colours", colours == NULL);
    if (colours != NULL)
        tinyml_json_string("colours_differ", colours);
    tinyml_json_bool("pass", pass && colours == NULL);
    tinyml_json_end_line();
}
