/* A board on standard input and output, with a clock that the tests know: one tick a byte read or written. */
#include "hal.h"

#include <stdio.h>
#include <stdlib.h>

const char hal_board[] = "tiny";
const uint32_t hal_tick_hz = 3000;
static uint64_t ticks;

void hal_init(void) {}

void hal_putc(int byte) {
    ticks++;
    putchar(byte);
}

void hal_write(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        hal_putc(((const uint8_t *)bytes)[i]);
}

int hal_getc_wait(void) {
    fflush(stdout);
    ticks++;
    return getchar();
}

int hal_getc(void) { return hal_getc_wait(); }
uint64_t hal_ticks(void) { return ticks; }
void hal_exit(int status) { exit(status); }
