/* The host and the emulated boards: no watchdog, no heap, nothing that resets them. */
#include "board.h"

#include <stddef.h>

#include "application.h"
#include "hal.h"

static _Alignas(16) uint8_t arena[MODEL_MEMORY_BYTES];
static uint8_t input[MODEL_INPUT_BYTES];
uint8_t *tinyml_board_arena(void) { return arena; }
uint8_t *tinyml_board_input(void) { return input; }

#if MODEL_TWO_ARENAS /* a plain array: the emulated ESP32's linker puts it where the chip has PSRAM */
static _Alignas(16) uint8_t external[MODEL_EXTERNAL_BYTES + 16];
uint8_t *tinyml_board_external(void) { return external; }
#else
uint8_t *tinyml_board_external(void) { return NULL; }
#endif

void tinyml_board_start(void) {}

/* An emulated board's counter has 32 bits: whoever asks often enough sees all of its wraps. */
void tinyml_board_alive(void) { hal_ticks(); }

void tinyml_board_describe(void) {}
