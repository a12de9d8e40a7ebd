/* libFuzzer on the firmware's application around the tiny model: its serial line and its camera are the fuzzer's bytes.
   The first byte of an input says how many of the others are the camera's; the rest comes over the serial line.
   Whatever comes: no sanitizer speaks, every '%' is answered by exactly one m-ready, and every line ends. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "camera.h"
#include "hal.h"
#include "protocol.h"
#include "runtime.h"
#include "text.h"
#include "vision.h"

enum { MOST_STEPS = 60, MOST_SIDE = 24, STREAM_STEPS = 2 };

const char hal_board[] = "fuzz";
const uint32_t hal_tick_hz = 1000;
static uint64_t ticks;

static const char ready[] = "m-ready\r\n";
static int matched; /* how much of it the line written now begins with; -1: it is another line */
static int last_byte;
static size_t ready_count;
static jmp_buf out_of_time;
static int steps;

static const uint8_t *picture;
static size_t picture_bytes;
static uint8_t *pixels; /* exactly as many as the frame has, so that a read past them is seen */

void hal_putc(int byte) {
    matched = matched >= 0 && byte == ready[matched] ? matched + 1 : -1;
    if (matched == sizeof ready - 1)
        ready_count++;
    if (byte == '\n')
        matched = 0;
    last_byte = byte;
}

void hal_write(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        hal_putc(((const uint8_t *)bytes)[i]);
}

uint64_t hal_ticks(void) { return ticks++; }
void tinyml_board_describe(void) {}

static _Alignas(16) uint8_t arena[MODEL_ARENA_BYTES];
static uint8_t input[MODEL_INPUT_BYTES];
uint8_t *tinyml_board_arena(void) { return arena; }
uint8_t *tinyml_board_input(void) { return input; }
uint8_t *tinyml_board_external(void) { return NULL; }

/* Called once an inference: `infer 2000000000` must not hold the fuzzer up. */
void tinyml_board_alive(void) {
    if (++steps > MOST_STEPS)
        longjmp(out_of_time, 1);
}

const char *tinyml_camera_take(const tinyml_device *state, tinyml_frame *taken) {
    static const size_t pixel_bytes[] = {3, 1, 2, 2};
    (void)state;
    if (picture_bytes < 3)
        return "no picture";
    int width = picture[0] % MOST_SIDE + 1, height = picture[1] % MOST_SIDE + 1;
    frame_format format = picture[2] % 4;
    size_t bytes = (size_t)width * (size_t)height * pixel_bytes[format];
    tinyml_camera_release();
    pixels = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        pixels[i] = picture[i % picture_bytes];
    *taken = (tinyml_frame){pixels, width, height, format};
    return NULL;
}

const char *tinyml_camera_take_bars(tinyml_frame *taken) {
    const char *problem = tinyml_camera_take(NULL, taken);
    if (problem != NULL)
        taken->height = 0;
    return NULL;
}

void tinyml_camera_release(void) {
    free(pixels);
    pixels = NULL;
}

static void require(int condition) {
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static tinyml_device state;
    memset(&state, 0, sizeof state);
    state.input = tinyml_board_input();
    matched = 0;
    last_byte = '\n';
    ready_count = 0;
    steps = 0;
    if (size == 0)
        return 0;
    size_t for_camera = data[0] < size - 1 ? data[0] : size - 1;
    picture = data + 1;
    picture_bytes = for_camera;
    require(tinyml_runtime_begin());
    size_t commands_sent = 0;
    if (setjmp(out_of_time) == 0) {
        for (size_t i = 1 + for_camera; i < size; i++) {
            tinyml_protocol_take(&state, data[i]);
            commands_sent += data[i] == '%';
            require(ready_count == commands_sent);
            require(last_byte == '\n');
            require(state.loaded_bytes <= state.load_bytes && state.load_bytes <= MODEL_INPUT_BYTES);
            for (int step = 0; step < STREAM_STEPS && state.streaming; step++)
                tinyml_vision_stream(&state);
        }
    } else {
        tinyml_text_end_line(); /* what was begun must not begin the next input's first line */
    }
    tinyml_camera_release();
    return 0;
}
