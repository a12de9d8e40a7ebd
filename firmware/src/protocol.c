#include "protocol.h"

#include "hal.h"
#include "divide.h"
#include "text.h"

const tinyml_command tinyml_commands[] = {
    {"help", "", "Lists the commands.", tinyml_command_help},
    {"name", "", "Names the device.", tinyml_command_name},
    {"profile", "", "Names the benchmark's profile and the model.", tinyml_command_profile},
    {"timestamp", "", "Tells the device's clock in microseconds.", tinyml_command_timestamp},
    {"db", "load N [INPUT] | HH... | print", "Expects N bytes of input, takes them as hex digits, prints them.",
     tinyml_command_db},
    {"infer", "[N [W]]", "Runs the model W times to warm up (10), then N times (1) on the clock.",
     tinyml_command_infer},
    {"results", "", "Prints the last results as probabilities.", tinyml_command_results},
    {"output", "[OUTPUT]", "Prints the last results as the model's own bytes.", tinyml_command_output},
    {"input", "", "Tells how many bytes are loaded, and their CRC-32.", tinyml_command_input},
    {"info", "", "Describes firmware, model, memory and board.", tinyml_command_info},
    {"selftest", "", "Runs the golden inputs and compares every layer with the PC.", tinyml_command_selftest},
    {"layers", "", "Counts the clock's ticks in one inference and in each of its layers.", tinyml_command_layers},
    {"cycles", "", "Counts the core's cycles in short sequences, walks over memory, and each layer.",
     tinyml_command_cycles},
    {"capture", "", "Sends one picture of the camera.", tinyml_command_capture},
    {"detect", "", "Takes one picture and tells what is in it.", tinyml_command_detect},
    {"stream", "on | off", "Does `detect` over and over.", tinyml_command_stream},
};
const size_t tinyml_command_count = sizeof tinyml_commands / sizeof tinyml_commands[0];

bool tinyml_protocol_same(const char *a, const char *b) {
    while (*a != 0 && *a == *b)
        a++, b++;
    return *a == *b;
}

int tinyml_protocol_edge(const tinyml_edge *edges, int count, const char *name) {
    for (int number = 0; number < count; number++)
        if (tinyml_protocol_same(edges[number].name, name))
            return number;
    const int32_t number = tinyml_protocol_number(name);
    return number < count ? (int)number : -1;
}

char *tinyml_protocol_word(char **rest) {
    char *word = *rest;
    while (*word == ' ')
        word++;
    if (*word == 0)
        return NULL;
    char *end = word;
    while (*end != 0 && *end != ' ')
        end++;
    *rest = end;
    if (*end != 0) {
        *end = 0;
        *rest = end + 1;
    }
    return word;
}

int32_t tinyml_protocol_number(const char *word) {
    int32_t number = 0;
    for (; *word != 0; word++) {
        int32_t digit = *word - '0';
        if (digit < 0 || digit > 9 || number > (INT32_MAX - digit) / 10)
            return -1;
        number = number * 10 + digit;
    }
    return number;
}

void tinyml_protocol_error(const char *what) {
    tinyml_text("e-[");
    tinyml_text(what);
    tinyml_text_line("]");
}

static void dispatch(tinyml_device *state) {
    char *rest = state->line;
    const char *name = tinyml_protocol_word(&rest);
    for (size_t i = 0; name != NULL && i < tinyml_command_count; i++) {
        if (tinyml_protocol_same(name, tinyml_commands[i].name)) {
            tinyml_commands[i].run(state, rest);
            return;
        }
    }
    tinyml_text("e-[Unknown command: ");
    tinyml_text(name == NULL ? "" : name);
    tinyml_text_line("]");
}

void tinyml_protocol_take(tinyml_device *state, int byte) {
    if (byte == '\r' || byte == '\n')
        return; /* a person at a terminal */
    if (byte != '%') {
        if (state->line_length < COMMAND_CHARACTERS)
            state->line[state->line_length] = byte >= ' ' && byte <= '~' ? (char)byte : '?';
        if (state->line_length <= COMMAND_CHARACTERS)
            state->line_length++;
        return;
    }
    if (state->line_length > COMMAND_CHARACTERS) {
        tinyml_protocol_error("Command longer than 80 characters");
    } else {
        state->line[state->line_length] = 0;
        dispatch(state);
    }
    state->line_length = 0;
    tinyml_text_line("m-ready");
}

void tinyml_command_help(tinyml_device *state, char *arguments) {
    (void)state;
    (void)arguments;
    for (size_t i = 0; i < tinyml_command_count; i++) {
        tinyml_text(tinyml_commands[i].name);
        if (tinyml_commands[i].arguments[0] != 0) {
            tinyml_text(" ");
            tinyml_text(tinyml_commands[i].arguments);
        }
        tinyml_text(": ");
        tinyml_text_line(tinyml_commands[i].what);
    }
}

void tinyml_protocol_timestamp(void) {
    uint32_t rest;
    uint64_t seconds = tinyml_divide(hal_ticks(), hal_tick_hz, &rest);
    tinyml_text("m-lap-us-");
    tinyml_text_decimal(seconds * 1000000u + tinyml_divide((uint64_t)rest * 1000000u, hal_tick_hz, NULL));
    tinyml_text_end_line();
}

void tinyml_protocol_greet(void) {
    tinyml_text_line("m-timestamp-mode-performance");
    tinyml_protocol_timestamp();
    tinyml_text_line("m-init-done");
    tinyml_text_line("m-ready");
}
