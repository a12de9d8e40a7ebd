/* Memory and string routines: words where both sides are aligned, bytes elsewhere. */
#include "string.h"
#include <stdint.h>

#ifndef RUNTIME
#define RUNTIME(name) name
#endif

typedef uint32_t __attribute__((may_alias)) word;

static int both_aligned(const void *a, const void *b) { return (((uintptr_t)a | (uintptr_t)b) & 3) == 0; }

void *RUNTIME(memcpy)(void *restrict to, const void *restrict from, size_t count) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if (both_aligned(to, from)) {
        for (; count >= 4; count -= 4, out += 4, in += 4)
            *(word *)(void *)out = *(const word *)(const void *)in;
    }
    while (count-- > 0)
        *out++ = *in++;
    return to;
}

void *RUNTIME(memmove)(void *to, const void *from, size_t count) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in || out >= in + count)
        return RUNTIME(memcpy)(to, from, count); /* copies upwards */
    while (count-- > 0)
        out[count] = in[count];
    return to;
}

void *RUNTIME(memset)(void *to, int byte, size_t count) {
    unsigned char *out = to;
    word four = (unsigned char)byte * 0x01010101u;
    if (((uintptr_t)to & 3) == 0) {
        for (; count >= 4; count -= 4, out += 4)
            *(word *)(void *)out = four;
    }
    while (count-- > 0)
        *out++ = (unsigned char)byte;
    return to;
}

int RUNTIME(memcmp)(const void *left, const void *right, size_t count) {
    const unsigned char *a = left, *b = right;
    for (; count > 0; count--, a++, b++) {
        if (*a != *b)
            return *a - *b;
    }
    return 0;
}

void *RUNTIME(memchr)(const void *bytes, int byte, size_t count) {
    const unsigned char *next = bytes;
    for (; count > 0; count--, next++) {
        if (*next == (unsigned char)byte)
            return (void *)(uintptr_t)next;
    }
    return NULL;
}

size_t RUNTIME(strlen)(const char *text) {
    size_t length = 0;
    while (text[length] != 0)
        length++;
    return length;
}

int RUNTIME(strncmp)(const char *left, const char *right, size_t count) {
    for (; count > 0; count--, left++, right++) {
        if (*left != *right || *left == 0)
            return (unsigned char)*left - (unsigned char)*right;
    }
    return 0;
}

int RUNTIME(strcmp)(const char *left, const char *right) { return RUNTIME(strncmp)(left, right, SIZE_MAX); }
