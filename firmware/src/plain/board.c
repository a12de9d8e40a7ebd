/* The host and the emulated boards: no watchdog, no heap, nothing that resets them. */
#include "board.h"

#include "application.h"
#include "hal.h"

static _Alignas(16) uint8_t arena[MODEL_MEMORY_BYTES];
static uint8_t input[MODEL_INPUT_BYTES];

uint8_t *board_arena(void) { return arena; }
uint8_t *board_input(void) { return input; }

void board_start(void) {}

/* An emulated board's counter has 32 bits: whoever asks often enough sees all of its wraps. */
void board_alive(void) { hal_ticks(); }

void board_describe(void) {}
