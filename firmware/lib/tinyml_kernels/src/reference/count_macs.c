#include "tinyml_kernels.h"

#ifdef TM_COUNT_MACS
uint64_t tm_macs;
#else
typedef int tm_nothing_to_count; /* a translation unit may not be empty */
#endif
