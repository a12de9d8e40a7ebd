/* Bodies for the functions that the firmware calls, so that it links. They do nothing: what links here was never run. */
#include <stddef.h>

#include "Arduino.h"
#include "driver/gpio.h"
#include "driver/uart.h"
#include "driver/usb_serial_jtag.h"
#include "esp_camera.h"
#include "esp_heap_caps.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/task.h"

void call_start_cpu0(void);

/* The RAM that the vendor's core takes beside the firmware: with it, the firmware of a 96x96 detector without its
   arena and input takes what the vendor's own build showed, 33,788 bytes of DRAM and 57,852 of IRAM. */
enum { CORE_DRAM_BYTES = 23924, CORE_IRAM_BYTES = 44840, CORE_FLASH_BYTES = 262144 };
static uint8_t core_dram[CORE_DRAM_BYTES];
__attribute__((section(".iram1.core"))) static const uint8_t core_iram[CORE_IRAM_BYTES] = {1};
static const uint8_t core_flash[CORE_FLASH_BYTES] = {1};

void call_start_cpu0(void) {
    volatile uint8_t *keep = core_dram;
    const volatile uint8_t *code = core_iram, *constants = core_flash;
    keep[0] = (uint8_t)(code[0] + constants[0]);
    setup();
    for (;;)
        loop();
}

esp_err_t gpio_set_direction(gpio_num_t pin, gpio_mode_t mode) { return pin + (int)mode < 0; }
esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level) { return pin + (int)level < 0; }

esp_err_t uart_driver_install(uart_port_t port, int rx_bytes, int tx_bytes, int queue_size, QueueHandle_t *queue,
                              int interrupt_flags) {
    return queue != NULL && (int)port + rx_bytes + tx_bytes + queue_size + interrupt_flags < 0;
}
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *configuration) {
    return (int)port + configuration->baud_rate < 0;
}
int uart_read_bytes(uart_port_t port, void *buffer, uint32_t length, TickType_t ticks_to_wait) {
    *(uint8_t *)buffer = (uint8_t)(port + length + ticks_to_wait);
    return 0;
}
int uart_write_bytes(uart_port_t port, const void *source, size_t size) {
    return source == NULL ? -1 : (int)(size + port);
}
esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t ticks_to_wait) { return (int)(port + ticks_to_wait) < 0; }

esp_err_t usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t *configuration) {
    return configuration == NULL;
}
int usb_serial_jtag_read_bytes(void *buffer, uint32_t length, TickType_t ticks_to_wait) {
    *(uint8_t *)buffer = (uint8_t)(length + ticks_to_wait);
    return 0;
}
int usb_serial_jtag_write_bytes(const void *source, size_t size, TickType_t ticks_to_wait) {
    return source == NULL ? -1 : (int)(size + ticks_to_wait);
}

esp_err_t esp_camera_init(const camera_config_t *configuration) { return configuration->pin_xclk; }
esp_err_t esp_camera_deinit(void) { return ESP_OK; }
camera_fb_t *esp_camera_fb_get(void) { return NULL; }
void esp_camera_fb_return(camera_fb_t *frame) { (void)frame; }
sensor_t *esp_camera_sensor_get(void) { return NULL; }

void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    return (void *)(alignment + size + caps);
}
void heap_caps_free(void *memory) { (void)memory; }
size_t heap_caps_get_total_size(uint32_t caps) { return caps; }
size_t heap_caps_get_free_size(uint32_t caps) { return caps; }
size_t heap_caps_get_largest_free_block(uint32_t caps) { return caps; }

esp_reset_reason_t esp_reset_reason(void) { return ESP_RST_POWERON; }
void esp_restart(void) {
    for (;;) {
    }
}
esp_err_t esp_task_wdt_init(uint32_t timeout_s, bool panic) { return timeout_s == 0 && panic; }
esp_err_t esp_task_wdt_add(TaskHandle_t handle) { return handle != NULL; }
esp_err_t esp_task_wdt_reset(void) { return ESP_OK; }
int64_t esp_timer_get_time(void) { return 0; }

void vTaskDelay(TickType_t ticks) { (void)ticks; }
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char *name, uint32_t stack_bytes,
                                           void *parameters, UBaseType_t priority, StackType_t *stack,
                                           StaticTask_t *task, BaseType_t core) {
    (void)code, (void)name, (void)stack_bytes, (void)parameters, (void)priority, (void)stack, (void)core;
    return (TaskHandle_t)task;
}
void vTaskDelete(TaskHandle_t task) { (void)task; }
void vTaskSuspend(TaskHandle_t task) { (void)task; }
UBaseType_t uxTaskPriorityGet(TaskHandle_t task) { return task != NULL; }
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks_to_wait) { return (uint32_t)clear + ticks_to_wait; }
BaseType_t xTaskNotifyGive(TaskHandle_t task) { return task != NULL; }
BaseType_t xPortGetCoreID(void) { return 0; }
