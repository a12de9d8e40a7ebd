/* Short sequences of instructions and a walk over memory, counted in cycles; all of it runs in internal RAM. */
#ifndef TINYML_SEQUENCES_H
#define TINYML_SEQUENCES_H

#include <stdint.h>

typedef struct {
    const char *name;
    uint32_t (*run)(const int32_t *words); /* 32 rounds; `words`: 128 of them */
} sequence;

extern const sequence tinyml_sequences[]; /* up to one without a name; on cores without MAC16 none */

uint32_t tinyml_sequences_clock(void);

/* The cycles of so many loads, one every `step` words. */
uint32_t tinyml_sequences_walk(const volatile uint32_t *words, int loads, int step);

#endif
