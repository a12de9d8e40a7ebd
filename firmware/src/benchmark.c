/* MLPerf Tiny's own commands; every answer is the benchmark's, to the letter. */
#include "board.h"
#include "protocol.h"
#include "results.h"
#include "runtime.h"
#include "text.h"

enum { BYTES_PER_PRINTED_LINE = 8, DEFAULT_RUNS = 1, DEFAULT_WARMUP_RUNS = 10 };

void tinyml_command_name(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    tinyml_text_line("m-name-dut-[tinyml]");
}

void tinyml_command_profile(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    tinyml_text_line("m-profile-[ULPMark for tinyML Firmware V0.0.1]");
    tinyml_text("m-model-[");
    tinyml_text(tinyml_application.name);
    tinyml_text_line("]");
}

void tinyml_command_timestamp(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    tinyml_protocol_timestamp();
}

static void print_input(const tinyml_device *state) {
    for (size_t i = 0; i < state->load_bytes; i++) {
        tinyml_text(i % BYTES_PER_PRINTED_LINE == 0 ? "m-buffer-" : "-");
        tinyml_text_hex(state->input[state->load_at + i], 2);
        if ((i + 1) % BYTES_PER_PRINTED_LINE == 0 || i + 1 == state->load_bytes)
            tinyml_text_end_line();
    }
}

/* Where the input of this name, or number, begins, and how many bytes it has; without a name all of them. */
static bool find_input(const char *name, size_t *at, int32_t *bytes) {
    *at = 0;
    *bytes = MODEL_INPUT_BYTES;
    const int number = name == NULL ? 0 : tinyml_protocol_edge(tinyml_application.inputs, MODEL_INPUTS, name);
    if (name == NULL || number < 0)
        return name == NULL;
    for (int before = 0; before < number; before++)
        *at += tinyml_application.inputs[before].bytes;
    *bytes = (int32_t)tinyml_application.inputs[number].bytes;
    return true;
}

static void expect(tinyml_device *state, const char *count, const char *name) {
    size_t at;
    int32_t most;
    int32_t bytes = count == NULL ? -1 : tinyml_protocol_number(count);
    if (count == NULL) {
        tinyml_protocol_error("Command 'db load' requires the # of bytes");
    } else if (bytes <= 0) {
        tinyml_protocol_error("Command 'db load' must be >0 bytes");
    } else if (state->input == NULL) {
        tinyml_protocol_error("There is no memory for the model and its input");
    } else if (!find_input(name, &at, &most)) {
        tinyml_text("e-[There is no input ");
        tinyml_text(name);
        tinyml_text_line("]");
    } else if (bytes > most) {
        tinyml_text("e-[Command 'db load' takes at most ");
        tinyml_text_decimal((uint32_t)most);
        tinyml_text_line(" bytes]");
    } else {
        state->load_at = at;
        state->load_bytes = (size_t)bytes;
        state->loaded_bytes = 0;
        tinyml_text("m-[Expecting ");
        tinyml_text_decimal((uint32_t)bytes);
        tinyml_text_line(" bytes]");
    }
}

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Takes all bytes of a line or, where something is wrong with it, none: the host can send it again. */
static void load(tinyml_device *state, const char *digits) {
    size_t count = 0;
    while (digits[count] != 0)
        count++;
    if (count % 2 != 0) {
        tinyml_protocol_error("Insufficent number of hex digits");
        return;
    }
    for (size_t i = 0; i < count; i += 2) {
        if (hex_value(digits[i]) < 0 || hex_value(digits[i + 1]) < 0) {
            const char pair[3] = {digits[i], digits[i + 1], 0};
            tinyml_text("e-[Invalid hex digit '");
            tinyml_text(pair);
            tinyml_text_line("']");
            return;
        }
    }
    size_t missing = state->load_bytes - state->loaded_bytes;
    if (count / 2 > missing) {
        tinyml_text("e-[More bytes than the ");
        tinyml_text_decimal(missing);
        tinyml_text_line(" that are missing]");
        return;
    }
    for (size_t i = 0; i < count; i += 2)
        state->input[state->load_at + state->loaded_bytes++] =
            (uint8_t)(hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
    if (state->loaded_bytes == state->load_bytes)
        tinyml_text_line("m-load-done");
}

void tinyml_command_db(tinyml_device *state, char *arguments) {
    const char *subcommand = tinyml_protocol_word(&arguments);
    if (subcommand == NULL) {
        tinyml_protocol_error("Command 'db' requires a subcommand");
    } else if (tinyml_protocol_same(subcommand, "load")) {
        const char *count = tinyml_protocol_word(&arguments);
        expect(state, count, count == NULL ? NULL : tinyml_protocol_word(&arguments));
    } else if (tinyml_protocol_same(subcommand, "print")) {
        print_input(state);
    } else {
        load(state, subcommand);
    }
}

static void print_results(void) {
    tinyml_text("m-results-[");
    for (int number = 0; number < MODEL_OUTPUTS; number++) {
        for (int i = 0; i < tinyml_result_count(number); i++) {
            if (number > 0 || i > 0)
                tinyml_text_character(',');
            tinyml_text_fixed3(tinyml_result(number, i), RESULT_BITS);
        }
    }
    tinyml_text_line("]");
}

/* Runs the model on the loaded bytes; false, and an error line, where it cannot. */
static bool infer(const tinyml_device *state, int32_t runs) {
    for (int32_t i = 0; i < runs; i++) {
        if (!tinyml_runtime_run(state->input)) {
            tinyml_protocol_error("Inference failed");
            return false;
        }
        tinyml_board_alive();
    }
    return true;
}

static void print_count(const char *what, int32_t count) {
    tinyml_text(what);
    tinyml_text_decimal((uint32_t)count);
    tinyml_text_end_line();
}

void tinyml_command_infer(tinyml_device *state, char *arguments) {
    const char *run_word = tinyml_protocol_word(&arguments), *warmup_word = tinyml_protocol_word(&arguments);
    int32_t runs = run_word == NULL ? DEFAULT_RUNS : tinyml_protocol_number(run_word);
    int32_t warmup_runs = warmup_word == NULL ? DEFAULT_WARMUP_RUNS : tinyml_protocol_number(warmup_word);
    if (runs <= 0) {
        tinyml_protocol_error("Inference iterations must be >0");
        return;
    }
    if (warmup_runs < 0) {
        tinyml_protocol_error("Inference warmup must be >=0");
        return;
    }
    print_count("m-warmup-start-", warmup_runs);
    if (!infer(state, warmup_runs))
        return;
    tinyml_text_line("m-warmup-done");
    print_count("m-infer-start-", runs);
    tinyml_protocol_timestamp();
    if (!infer(state, runs))
        return;
    tinyml_protocol_timestamp();
    tinyml_text_line("m-infer-done");
    print_results();
}

void tinyml_command_results(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    print_results();
}
