/* See sequences.h. A file of its own, so that the constants of its functions lie in internal RAM beside them.
   tinyml/device/calibration.py reads the sequences from here and predicts each of them by its model of the core. */
#include "sequences.h"

#include "tinyml_kernels.h"

#define IN_IRAM __attribute__((section(".iram1.cycles"), noinline))

IN_IRAM uint32_t tinyml_sequences_clock(void) {
    uint32_t now;
    __asm__ volatile("rsr.ccount %0" : "=r"(now));
    return now;
}

IN_IRAM uint32_t tinyml_sequences_walk(const volatile uint32_t *words, int loads, int step) {
    const uint32_t begin = tinyml_sequences_clock();
    for (int i = 0; i < loads; i++, words += step)
        (void)*words;
    return tinyml_sequences_clock() - begin;
}

#if TM_KERNELS == TM_LX6
#define ROUNDS "32"

/* A function that executes `text` 32 times between two reads of the counter. a8 points to words, m0 to m3 hold some. */
#define SEQUENCE(name, text)                                                                                           \
    IN_IRAM static uint32_t name(const int32_t *words) {                                                               \
        uint32_t begin, end;                                                                                           \
        __asm__ volatile("mov a8, %2\n movi a9, 3\n movi a10, 5\n movi a11, 7\n rsr.ccount %0\n .rept " ROUNDS         \
                         "\n" text "\n .endr\n rsr.ccount %1"                                                          \
                         : "=&r"(begin), "=&r"(end)                                                                    \
                         : "r"(words)                                                                                  \
                         : "a8", "a9", "a10", "a11");                                                                  \
        return end - begin;                                                                                            \
    }

SEQUENCE(nothing_waits, "add a10, a9, a9; add a11, a9, a9")
SEQUENCE(load_then_use, "l32i a10, a8, 0; add a11, a10, a9")
SEQUENCE(multiply_then_use, "mull a10, a9, a9; add a11, a10, a9")
SEQUENCE(mac_then_read, "mula.dd.ll m0, m2; rsr.acclo a10; add a11, a10, a9")
SEQUENCE(write_then_mac, "wsr.acclo a9; mula.dd.ll m0, m2")
SEQUENCE(loads_on_one_pointer, "ldinc m0, a8; ldinc m1, a8")
SEQUENCE(load_then_mac, "ldinc m0, a8; mula.dd.ll m0, m2")
SEQUENCE(mac_with_load, "mula.dd.ll.ldinc m0, a8, m1, m2; mula.dd.hh.ldinc m1, a8, m0, m3")
SEQUENCE(taken_jump, "j 1f; 1:")

const sequence tinyml_sequences[] = {
    {"nothing_waits", nothing_waits},
    {"load_then_use", load_then_use},
    {"multiply_then_use", multiply_then_use},
    {"mac_then_read", mac_then_read},
    {"write_then_mac", write_then_mac},
    {"loads_on_one_pointer", loads_on_one_pointer},
    {"load_then_mac", load_then_mac},
    {"mac_with_load", mac_with_load},
    {"taken_jump", taken_jump},
    {0, 0},
};
#else
const sequence tinyml_sequences[] = {{0, 0}};
#endif
