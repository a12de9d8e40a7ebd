/* The CRC-32 of zlib and PNG. */
#ifndef TINYML_CRC32_H
#define TINYML_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc` (0 to begin with) over `count` more bytes. */
uint32_t tinyml_crc32(uint32_t crc, const void *bytes, size_t count);

#endif
