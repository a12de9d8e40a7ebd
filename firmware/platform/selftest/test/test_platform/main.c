/* What the compiler and the start-up code must get right on every board, in `ok NAME` lines. */
#include "hal.h"
#include <string.h>

#define NEVER_INLINE __attribute__((noinline))

static int failures;
static int initialized = 42;
static int cleared[16];

static void say(const char *text) { hal_write(text, strlen(text)); }

static void check(const char *name, int passed) {
    say(passed ? "ok " : "not ok ");
    say(name);
    say(passed ? "\n" : ": wrong value\n");
    failures += !passed;
}

/* The same count back, after a recursion that spilled the registers of every caller. */
static NEVER_INLINE int after_spilling(int depth, int count) {
    volatile int kept = count;
    return depth == 0 ? kept : after_spilling(depth - 1, count) - count + kept;
}

/* A function whose frame size is known only at run time moves its stack pointer: MOVSP on the LX6, which faults
   where the caller's registers lie on the stack. */
static NEVER_INLINE uint32_t sum_of_copy(const uint8_t *bytes, int count) {
    uint8_t copy[after_spilling(50, count)];
    memcpy(copy, bytes, (size_t)count);
    uint32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += copy[i] * (uint32_t)(i + 1);
    return sum;
}

static NEVER_INLINE uint32_t deep(int depth, const uint8_t *bytes, int count) {
    if (depth == 0)
        return sum_of_copy(bytes, count);
    volatile uint32_t mark = (uint32_t)depth * 3;
    return deep(depth - 1, bytes, count) + mark / 3;
}

static NEVER_INLINE uint32_t crc32(const uint8_t *bytes, int count) {
    uint32_t crc = 0xFFFFFFFFu;
    while (count-- > 0) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static NEVER_INLINE int64_t wide(int64_t a, int64_t b) { return (a * b) / (b + 7) + (a % (b - 3)) + (a >> (b & 31)); }

static NEVER_INLINE float ratio(float a, float b) { return a / b; }

static NEVER_INLINE int choose(int value) {
    switch (value) {
    case 0:
        return 7;
    case 1:
        return 99;
    case 2:
        return -4;
    case 3:
        return 1000;
    case 5:
        return 31;
    case 9:
        return 77;
    default:
        return value * 2;
    }
}

#ifdef __XTENSA__
int sum_call4(int n);
int sum_call8(int n);
int sum_call12(int n);
#endif

int main(void) {
    say("# ");
    say(hal_board);
    say("\n");

    uint8_t bytes[300];
    uint32_t state = 1;
    for (int i = 0; i < 300; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 21);
    }
    int all_zero = 1;
    for (int i = 0; i < 16; i++)
        all_zero &= cleared[i] == 0;
    check("initialized data", initialized == 42 && all_zero);
    check("bytes and shifts", crc32((const uint8_t *)"123456789", 9) == 0xCBF43926u);
    check("recursion with stack frames of unknown size", deep(100, bytes, 300) == 5050 + sum_of_copy(bytes, 300));
    check("64-bit arithmetic", wide(-123456789012345, 97) == -176875591950380);
    check("float division", ratio(1.0f, 3.0f) == 0x1.555556p-2f && ratio(1e-40f, 2.0f) == 5e-41f);
    int sum = 0;
    for (int i = -2; i < 12; i++)
        sum = sum * 3 + choose(i);
    check("switch", sum == 6173326);
    uint64_t before = hal_ticks();
    (void)crc32(bytes, 300);
    check("the clock goes on", hal_ticks() > before);
#ifdef __XTENSA__
    check("windows of CALL4", sum_call4(200) == 20100);
    check("windows of CALL8", sum_call8(200) == 20100);
    check("windows of CALL12", sum_call12(200) == 20100);
#endif
    say("# done\n");
    hal_exit(failures != 0);
}
