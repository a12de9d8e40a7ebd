/* The ESP32's serial line and clock for hal.h: UART 0 or the chip's own USB through ESP-IDF's drivers, and its 64-bit
   microsecond timer. What differs from board to board comes from tinyml/boards (scripts/board.py). */
#include "hal.h"

#include <stdbool.h>

#include "board.h"
#if TINYML_USB_SERIAL
#include "driver/usb_serial_jtag.h"
#else
#include "driver/uart.h"
#endif
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

enum {
    BAUD = 115200,
    RECEIVE_BYTES = 4096, /* a host may send this much ahead of the answers */
    SEND_BYTES = 1024,
    PATIENCE_MS = 500 /* how long to wait before the watchdog is told that we are alive */
};

const char hal_board[] = TINYML_BOARD;
const uint32_t hal_tick_hz = 1000000u;

#if TINYML_USB_SERIAL
void hal_init(void) {
    usb_serial_jtag_driver_config_t configuration = {.tx_buffer_size = SEND_BYTES, .rx_buffer_size = RECEIVE_BYTES};
    usb_serial_jtag_driver_install(&configuration);
}

/* Where no host reads, what does not fit the buffer is lost after a while: a board without a cable goes on. */
static void send(const char *bytes, size_t count) {
    while (count > 0) {
        int sent = usb_serial_jtag_write_bytes(bytes, count, pdMS_TO_TICKS(PATIENCE_MS));
        if (sent <= 0)
            return;
        bytes += sent;
        count -= (size_t)sent;
    }
}

static bool receive(uint8_t *byte, TickType_t patience) { return usb_serial_jtag_read_bytes(byte, 1, patience) == 1; }
static void drain(void) { vTaskDelay(pdMS_TO_TICKS(PATIENCE_MS)); }
#else
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

static void send(const char *bytes, size_t count) { uart_write_bytes(UART_NUM_0, bytes, count); }
static bool receive(uint8_t *byte, TickType_t patience) { return uart_read_bytes(UART_NUM_0, byte, 1, patience) == 1; }
static void drain(void) { uart_wait_tx_done(UART_NUM_0, pdMS_TO_TICKS(PATIENCE_MS)); }
#endif

void hal_write(const void *bytes, size_t count) { send(bytes, count); }

void hal_putc(int byte) {
    char character = (char)byte;
    send(&character, 1);
}

int hal_getc(void) {
    uint8_t byte;
    return receive(&byte, 0) ? byte : HAL_NONE;
}

int hal_getc_wait(void) {
    uint8_t byte;
    while (!receive(&byte, pdMS_TO_TICKS(PATIENCE_MS)))
        tinyml_board_alive();
    return byte;
}

uint64_t hal_ticks(void) { return (uint64_t)esp_timer_get_time(); }

_Noreturn void hal_exit(int status) {
    (void)status;
    drain();
    esp_restart();
    for (;;) {
    }
}
