/* ESP32 code on QEMU's `sim` machine: exit and serial line through its system calls, the line being QEMU's own standard
   input and output, clock from CCOUNT. */
#include "hal.h"
#include "string.h"

const uint32_t hal_tick_hz = 40000000u; /* what the emulated core counts CCOUNT with */
const char hal_board[] = "esp32_emulated";

enum { SYSTEM_EXIT = 1, SYSTEM_READ = 3, SYSTEM_WRITE = 4, SYSTEM_SELECT_ONE = 29 };
enum { LINE_IN = 0, LINE_OUT = 1, FOR_READING = 1 };

extern uint8_t _bss_start[], _bss_end[], _heap_start[], _heap_end[];
int simcall(int number, int a, int b, int c);
uint32_t cycle_count(void);
int main(void);
_Noreturn void start_c(void);

void hal_init(void) {}

void hal_write(const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        int written = simcall(SYSTEM_WRITE, LINE_OUT, (int)(uintptr_t)next, (int)count);
        if (written <= 0)
            hal_exit(1); /* the line is closed for good */
        next += written;
        count -= (size_t)written;
    }
}

void hal_putc(int byte) {
    char c = (char)byte;
    hal_write(&c, 1);
}

/* Wait for a byte, or for the line's end, but not for ever: while the emulator waits it cannot be told to stop. */
static int arrives_within(int32_t patience_us) {
    const int32_t seconds_and_us[2] = {0, patience_us};
    return simcall(SYSTEM_SELECT_ONE, LINE_IN, FOR_READING, (int)(uintptr_t)seconds_and_us) == 1;
}

/* 1: a byte has been read, 0: the line is closed for good, less: nothing now, as on a terminal that nobody has open. */
static int read_byte(unsigned char *byte) { return simcall(SYSTEM_READ, LINE_IN, (int)(uintptr_t)byte, 1); }

int hal_getc(void) {
    volatile unsigned char byte = 0;
    return arrives_within(0) && read_byte((unsigned char *)&byte) == 1 ? byte : HAL_NONE;
}

int hal_getc_wait(void) {
    volatile unsigned char byte = 0;
    int got;
    do {
        got = arrives_within(100000) ? read_byte((unsigned char *)&byte) : -1;
    } while (got < 0);
    return got == 1 ? byte : HAL_NONE;
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
