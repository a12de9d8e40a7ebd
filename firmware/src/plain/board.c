/* The host and the emulated boards: no watchdog, no heap, nothing that resets them. */
#include "board.h"

#include "hal.h"

void board_start(void) {}

/* An emulated board's counter has 32 bits: whoever asks often enough sees all of its wraps. */
void board_alive(void) { hal_ticks(); }

void board_describe(void) {}
