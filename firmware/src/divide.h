/* 64-bit division, for boards that have none in hardware and no library for it. */
#ifndef TINYML_DIVIDE_H
#define TINYML_DIVIDE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* number / divisor, and what is left where `remainder` is not NULL. */
uint64_t tinyml_divide(uint64_t number, uint32_t divisor, uint32_t *remainder);

#ifdef __cplusplus
}
#endif

#endif
