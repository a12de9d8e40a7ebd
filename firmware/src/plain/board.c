/* The host and the emulated boards: no watchdog, no heap, nothing that resets them. */
#include "board.h"

void board_start(void) {}
void board_alive(void) {}
void board_describe(void) {}
