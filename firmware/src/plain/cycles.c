/* The host and the emulated boards have no cycles to count. */
#include "cycles.h"

bool tinyml_cycles_available(void) { return false; }
uint32_t tinyml_cycles_now(void) { return 0; }
uint32_t tinyml_cycles_hz(void) { return 0; }
void tinyml_cycles_describe(void) {}
