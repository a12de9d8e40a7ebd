/* What the pipeline, the caches and the flash of this chip take: everything that a prediction of its latency rests on.
   tinyml/device/calibration.py sets it beside that prediction. */
#include "cycles.h"

#include <stddef.h>

#include "application.h"
#include "freertos/FreeRTOS.h"
#include "json.h"
#include "sequences.h"

enum { ATTEMPTS = 5, FLASH_BYTES = 65536, LINE_BYTES = 32, RAM_WORDS = 256 };

static int32_t memory[RAM_WORDS];

bool tinyml_cycles_available(void) { return true; }
uint32_t tinyml_cycles_hz(void) { return (uint32_t)F_CPU; }

uint32_t tinyml_cycles_now(void) { return tinyml_sequences_clock(); }

static void report_walk(const char *name, const volatile uint32_t *words, int loads, int step) {
    uint32_t least = UINT32_MAX; /* interrupts and what else is cached only add to it */
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        const uint32_t cycles = tinyml_sequences_walk(words, loads, step);
        least = cycles < least ? cycles : least;
    }
    tinyml_json_open(NULL, '{');
    tinyml_json_string("name", name);
    tinyml_json_number("loads", (uint32_t)loads);
    tinyml_json_number("cycles", least);
    tinyml_json_close('}');
}

static void report_sequences(void) {
    for (const sequence *one = tinyml_sequences; one->name != NULL; one++) {
        uint32_t least = UINT32_MAX;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            const uint32_t cycles = one->run(memory);
            least = cycles < least ? cycles : least;
        }
        tinyml_json_open(NULL, '{');
        tinyml_json_string("name", one->name);
        tinyml_json_number("cycles", least);
        tinyml_json_close('}');
    }
}

void tinyml_cycles_describe(void) {
    /* The page of flash around a constant is mapped whole, and twice as large as the cache. */
    const uintptr_t page = (uintptr_t)&tinyml_application & ~(uintptr_t)(FLASH_BYTES - 1);
    tinyml_json_open("sequences", '[');
    report_sequences();
    tinyml_json_close(']');
    tinyml_json_open("walks", '[');
    report_walk("flash", (const volatile uint32_t *)page, FLASH_BYTES / LINE_BYTES, LINE_BYTES / 4);
    report_walk("iram", (const volatile uint32_t *)((uintptr_t)tinyml_sequences_walk & ~(uintptr_t)3), RAM_WORDS, 0);
    report_walk("dram", (const volatile uint32_t *)memory, RAM_WORDS, 1);
    tinyml_json_close(']');
}
