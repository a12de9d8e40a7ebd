/* The ESP32's watchdog, memory and reset cause. */
#include "board.h"

#include "application.h"
#include "esp_heap_caps.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "json.h"
#include "text.h"

enum { MEMORY_BYTES = MODEL_MEMORY_BYTES + (INPUT_IN_PSRAM ? 0 : MODEL_INPUT_BYTES) };
enum { INTERNAL = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, WATCHDOG_S = 30, YIELD_US = 1000000 };

/* The arena is one block of internal heap: what the linker may not place data in is larger than what it may. The input, which
   a run reads once from top to bottom, lies behind it, or in PSRAM where the board has some. The budget step reads from the
   ELF how large the block is: volatile, or the compiler would leave it out. */
extern const volatile uint32_t tinyml_heap_request_bytes;
const volatile uint32_t tinyml_heap_request_bytes = MEMORY_BYTES;
static uint8_t *memory, *input;

uint8_t *tinyml_board_arena(void) { return memory; }
uint8_t *tinyml_board_input(void) { return input; }

static uint8_t *take(size_t bytes, uint32_t where) { return (uint8_t *)heap_caps_aligned_alloc(16, bytes, where); }

static uint8_t *take_input(void) {
    if (!INPUT_IN_PSRAM)
        return memory == NULL ? NULL : memory + MODEL_MEMORY_BYTES;
    uint8_t *external = take(MODEL_INPUT_BYTES, MALLOC_CAP_SPIRAM);
    /* A module whose PSRAM does not answer may still have the room inside. */
    return external != NULL ? external : take(MODEL_INPUT_BYTES, INTERNAL);
}

#if MODEL_TWO_ARENAS
static uint8_t *external;
uint8_t *tinyml_board_external(void) { return external; }

/* Takes the second arena; the first one is given back where there is no room for it. */
static void take_external(void) {
    external =
        take(MODEL_EXTERNAL_BYTES + 16, MALLOC_CAP_SPIRAM); /* 16: there is one, even of a model that needs none */
    if (external != NULL)
        return;
    heap_caps_free(memory);
    memory = NULL;
    tinyml_text("e-[The model needs ");
    tinyml_text_decimal(MODEL_EXTERNAL_BYTES);
    tinyml_text(" bytes of PSRAM, the largest free block has ");
    tinyml_text_decimal(heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM));
    tinyml_text_line("; use a board whose PSRAM answers, or export without --ram psram]");
}
#else
uint8_t *tinyml_board_external(void) { return NULL; }
static void take_external(void) {}
#endif

static void take_memory(void) {
    memory = take(MEMORY_BYTES, INTERNAL);
    input = take_input();
    if (memory != NULL && input != NULL)
        return;
    tinyml_text(memory == NULL ? "e-[The model needs " : "e-[The board's PSRAM does not answer, and the input needs ");
    tinyml_text_decimal(memory == NULL ? MEMORY_BYTES : MODEL_INPUT_BYTES);
    tinyml_text(" bytes of internal RAM in one piece, the largest free one has ");
    tinyml_text_decimal(heap_caps_get_largest_free_block(INTERNAL));
    tinyml_text_line("; export with a smaller --size, a smaller --width, --ram LIMIT, or --ram psram]");
}

static const char *reset_cause(void) {
    switch (esp_reset_reason()) {
    case ESP_RST_POWERON:
        return "power on";
    case ESP_RST_EXT:
        return "reset pin";
    case ESP_RST_SW:
        return "restart by the firmware";
    case ESP_RST_PANIC:
        return "crash";
    case ESP_RST_INT_WDT:
        return "interrupt watchdog";
    case ESP_RST_TASK_WDT:
        return "watchdog: the firmware hung";
    case ESP_RST_WDT:
        return "watchdog";
    case ESP_RST_DEEPSLEEP:
        return "deep sleep";
    case ESP_RST_BROWNOUT:
        return "brown-out: the power supply is too weak, give 5 V and 1 A on the 5V pin";
    default:
        return "unknown";
    }
}

static int was_failure(void) {
    switch (esp_reset_reason()) {
    case ESP_RST_PANIC:
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
    case ESP_RST_BROWNOUT:
        return 1;
    default:
        return 0;
    }
}

void tinyml_board_start(void) {
    take_memory();
    take_external();
    esp_task_wdt_init(WATCHDOG_S, true);
    esp_task_wdt_add(NULL);
    if (!was_failure())
        return;
    tinyml_json_begin_line("reset");
    tinyml_json_string("cause", reset_cause());
    tinyml_json_end_line();
}

void tinyml_board_alive(void) {
    static int64_t last_yield_us;
    esp_task_wdt_reset();
    if (esp_timer_get_time() - last_yield_us < YIELD_US)
        return;
    vTaskDelay(1); /* now and then the idle task must run: it has a watchdog, too */
    last_yield_us = esp_timer_get_time();
}

void tinyml_board_describe(void) {
    tinyml_json_number("clock_hz", (uint32_t)F_CPU);
    tinyml_json_number("free_internal_bytes", heap_caps_get_free_size(INTERNAL));
    tinyml_json_number("largest_internal_block_bytes", heap_caps_get_largest_free_block(INTERNAL));
    tinyml_json_number("heap_request_bytes", tinyml_heap_request_bytes);
    tinyml_json_number("free_psram_bytes", heap_caps_get_free_size(MALLOC_CAP_SPIRAM));
    tinyml_json_string("reset_cause", reset_cause());
}
