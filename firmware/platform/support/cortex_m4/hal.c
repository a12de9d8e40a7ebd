/* Cortex-M4F on QEMU's MPS2 AN386: UART 0, timer 0, exit through semihosting, vectors and start-up. */
#include "hal.h"
#include <string.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u) /* bit 0: transmit buffer full, bit 1: receive buffer full */
#define UART_CONTROL REGISTER(0x40004008u)
#define UART_DIVIDER REGISTER(0x40004010u)
#define TIMER_CONTROL REGISTER(0x40000000u)
#define TIMER_VALUE REGISTER(0x40000004u) /* counts down */
#define TIMER_RELOAD REGISTER(0x40000008u)
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88u)

const uint32_t hal_tick_hz = 25000000u;
const char hal_board[] = "cortex_m4_emulated";

extern uint8_t _data_load[], _data_start[], _data_end[], _bss_start[], _bss_end[], _stack_top[];
int main(void);

void hal_init(void) {
    UART_DIVIDER = 16;
    UART_CONTROL = 3;
    TIMER_RELOAD = 0xFFFFFFFFu;
    TIMER_VALUE = 0xFFFFFFFFu;
    TIMER_CONTROL = 1;
}

void hal_putc(int byte) {
    while (UART_STATE & 1) {
    }
    UART_DATA = (uint32_t)byte;
}

void hal_write(const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    while (count-- > 0)
        hal_putc(*next++);
}

int hal_getc(void) { return UART_STATE & 2 ? (int)(UART_DATA & 0xFF) : HAL_NONE; }

int hal_getc_wait(void) {
    while (!(UART_STATE & 2)) {
    }
    return hal_getc();
}

uint64_t hal_ticks(void) {
    static uint32_t last, wraps;
    uint32_t now = 0xFFFFFFFFu - TIMER_VALUE;
    wraps += now < last;
    last = now;
    return ((uint64_t)wraps << 32) | now;
}

_Noreturn void hal_exit(int status) {
    enum { SEMIHOSTING_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
    uint32_t arguments[2] = {APPLICATION_EXIT, (uint32_t)status};
    for (;;) {
        register uint32_t r0 __asm__("r0") = SEMIHOSTING_EXIT_EXTENDED;
        register uint32_t *r1 __asm__("r1") = arguments;
        __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    }
}

static void reset(void) {
    COPROCESSOR_ACCESS |= 0xFu << 20; /* the FPU on, before any function may use it */
    __asm__ volatile("dsb\n\tisb");
    memcpy(_data_start, _data_load, (size_t)(_data_end - _data_start));
    memset(_bss_start, 0, (size_t)(_bss_end - _bss_start));
    hal_init();
    hal_exit(main());
}

static void fault(void) { hal_exit(100); }

/* initial stack pointer, reset, NMI, hard fault, memory fault, bus fault, usage fault */
__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    _stack_top, (void *)reset, (void *)fault, (void *)fault, (void *)fault, (void *)fault, (void *)fault,
};
