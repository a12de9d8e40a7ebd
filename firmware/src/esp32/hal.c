/* The ESP32's serial line and clock for hal.h: UART 0 through ESP-IDF's driver, and its 64-bit microsecond timer. */
#include "hal.h"

#include "board.h"
#include "driver/uart.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

enum {
    BAUD = 115200,
    RECEIVE_BYTES = 4096, /* a host may send this much ahead of the answers */
    PATIENCE_MS = 500     /* how long to wait before the watchdog is told that we are alive */
};

const char hal_board[] = "esp32cam";
const uint32_t hal_tick_hz = 1000000u;

void hal_init(void) {
    const uart_config_t configuration = {
        .baud_rate = BAUD,
        .data_bits = UART_DATA_8_BITS,
        .parity = UART_PARITY_DISABLE,
        .stop_bits = UART_STOP_BITS_1,
        .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
        .source_clk = UART_SCLK_APB,
    };
    uart_driver_install(UART_NUM_0, RECEIVE_BYTES, 0, 0, NULL, 0);
    uart_param_config(UART_NUM_0, &configuration);
}

void hal_write(const void *bytes, size_t count) { uart_write_bytes(UART_NUM_0, bytes, count); }

void hal_putc(int byte) {
    char character = (char)byte;
    hal_write(&character, 1);
}

int hal_getc(void) {
    uint8_t byte;
    return uart_read_bytes(UART_NUM_0, &byte, 1, 0) == 1 ? byte : HAL_NONE;
}

int hal_getc_wait(void) {
    uint8_t byte;
    while (uart_read_bytes(UART_NUM_0, &byte, 1, pdMS_TO_TICKS(PATIENCE_MS)) != 1)
        board_alive();
    return byte;
}

uint64_t hal_ticks(void) { return (uint64_t)esp_timer_get_time(); }

_Noreturn void hal_exit(int status) {
    (void)status;
    uart_wait_tx_done(UART_NUM_0, pdMS_TO_TICKS(PATIENCE_MS));
    esp_restart();
    for (;;) {
    }
}
