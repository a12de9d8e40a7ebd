/* The core's own count of its cycles. Boards without one (the host; emulators, which execute instructions and no cycles)
   say so. */
#ifndef TINYML_CYCLES_H
#define TINYML_CYCLES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

bool tinyml_cycles_available(void);

/* The counter: 32 bits, which wrap. */
uint32_t tinyml_cycles_now(void);

/* Cycles a second. */
uint32_t tinyml_cycles_hz(void);

/* Adds to the open JSON object what short sequences of instructions take, and walks over memory. */
void tinyml_cycles_describe(void);

#ifdef __cplusplus
}
#endif

#endif
