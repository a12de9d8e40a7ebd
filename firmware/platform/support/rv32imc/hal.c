/* RV32IMC on QEMU's virt machine: 16550 UART, clock from the retired-instruction counter, exit through its test device. */
#include "hal.h"

#define UART(offset) (*(volatile uint8_t *)(uintptr_t)(0x10000000u + (offset)))
#define UART_DATA UART(0)
#define UART_STATE UART(5) /* bit 0: a byte has arrived, bit 5: ready to send */
#define TEST_DEVICE (*(volatile uint32_t *)0x100000u)

const uint32_t hal_tick_hz = 1000000000u; /* under -icount, minstret counts virtual nanoseconds */
const char hal_board[] = "rv32imc_emulated";

extern uint8_t _bss_start[], _bss_end[];
int main(void);
_Noreturn void start_c(void);

void hal_init(void) {}

void hal_putc(int byte) {
    while (!(UART_STATE & 0x20)) {
    }
    UART_DATA = (uint8_t)byte;
}

void hal_write(const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    while (count-- > 0)
        hal_putc(*next++);
}

int hal_getc(void) { return UART_STATE & 1 ? UART_DATA : HAL_NONE; }

int hal_getc_wait(void) {
    while (!(UART_STATE & 1)) {
    }
    return hal_getc();
}

uint64_t hal_ticks(void) {
    uint32_t high, low, again;
    do {
        __asm__ volatile("csrr %0, minstreth\n\tcsrr %1, minstret\n\tcsrr %2, minstreth"
                         : "=r"(high), "=r"(low), "=r"(again));
    } while (high != again);
    return ((uint64_t)high << 32) | low;
}

_Noreturn void hal_exit(int status) {
    for (;;)
        TEST_DEVICE = status ? ((uint32_t)status << 16) | 0x3333u : 0x5555u;
}

_Noreturn void start_c(void) {
    for (uint8_t *byte = _bss_start; byte < _bss_end; byte++)
        *byte = 0;
    hal_init();
    hal_exit(main());
}
