/* ESP32 code on QEMU's `sim` machine: serial line and exit through its system calls, clock from CCOUNT. */
#include "hal.h"
#include "string.h"

const uint32_t hal_tick_hz = 40000000u; /* what the emulated core counts CCOUNT with */
const char hal_board[] = "esp32_emulated";

enum { SYSTEM_EXIT = 1, SYSTEM_READ = 3, SYSTEM_WRITE = 4 };

extern uint8_t _bss_start[], _bss_end[], _heap_start[], _heap_end[];
int simcall(int number, int a, int b, int c);
uint32_t cycle_count(void);
int main(void);
_Noreturn void start_c(void);

void hal_init(void) {}

void hal_write(const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        int written = simcall(SYSTEM_WRITE, 1, (int)(uintptr_t)next, (int)count);
        if (written > 0) {
            next += written;
            count -= (size_t)written;
        }
    }
}

void hal_putc(int byte) {
    char c = (char)byte;
    hal_write(&c, 1);
}

int hal_getc(void) {
    unsigned char byte = 0;
    return simcall(SYSTEM_READ, 0, (int)(uintptr_t)&byte, 1) == 1 ? *(volatile unsigned char *)&byte : HAL_NONE;
}

int hal_getc_wait(void) {
    int byte;
    do {
        byte = hal_getc();
    } while (byte == HAL_NONE);
    return byte;
}

uint64_t hal_ticks(void) {
    static uint32_t last, wraps;
    uint32_t now = cycle_count();
    wraps += now < last;
    last = now;
    return ((uint64_t)wraps << 32) | now;
}

_Noreturn void hal_exit(int status) {
    for (;;)
        simcall(SYSTEM_EXIT, status, 0, 0);
}

_Noreturn void start_c(void) {
    memset(_bss_start, 0, (size_t)(_bss_end - _bss_start));
    memset(_heap_start, 0, (size_t)(_heap_end - _heap_start));
    hal_init();
    hal_exit(main());
}
