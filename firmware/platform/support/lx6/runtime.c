/* The routines that LLVM calls on the LX6 and libgcc would provide (Debian's has another calling convention).
   tests/test_platform.py compiles this file for the host too and compares every routine with the host's own. */
#include <stdint.h>

#ifndef RUNTIME
#define RUNTIME(name) name
#endif

uint64_t RUNTIME(__muldi3)(uint64_t a, uint64_t b);
uint64_t RUNTIME(__ashldi3)(uint64_t value, int count);
uint64_t RUNTIME(__lshrdi3)(uint64_t value, int count);
int64_t RUNTIME(__ashrdi3)(int64_t value, int count);
uint64_t RUNTIME(__udivdi3)(uint64_t dividend, uint64_t divisor);
uint64_t RUNTIME(__umoddi3)(uint64_t dividend, uint64_t divisor);
int64_t RUNTIME(__divdi3)(int64_t dividend, int64_t divisor);
int64_t RUNTIME(__moddi3)(int64_t dividend, int64_t divisor);
float RUNTIME(__divsf3)(float dividend, float divisor);

typedef union {
    uint64_t whole;
    struct {
        uint32_t low, high;
    } half;
} wide;

/* 64 x 64 -> 64 from 16 x 16 -> 32 products: the emulated core has no MULUH. */
uint64_t RUNTIME(__muldi3)(uint64_t a, uint64_t b) {
    wide x = {a}, y = {b}, product;
    uint32_t x0 = x.half.low & 0xFFFF, x1 = x.half.low >> 16;
    uint32_t y0 = y.half.low & 0xFFFF, y1 = y.half.low >> 16;
    uint32_t p00 = x0 * y0, p01 = x0 * y1, p10 = x1 * y0, p11 = x1 * y1;
    uint32_t middle = (p00 >> 16) + (p01 & 0xFFFF) + (p10 & 0xFFFF);
    product.half.low = (p00 & 0xFFFF) | (middle << 16);
    product.half.high =
        p11 + (p01 >> 16) + (p10 >> 16) + (middle >> 16) + x.half.low * y.half.high + x.half.high * y.half.low;
    return product.whole;
}

uint64_t RUNTIME(__ashldi3)(uint64_t value, int count) {
    wide in = {value}, out;
    if (count == 0)
        return value;
    out.half.low = count < 32 ? in.half.low << count : 0;
    out.half.high = count < 32 ? (in.half.high << count) | (in.half.low >> (32 - count)) : in.half.low << (count - 32);
    return out.whole;
}

uint64_t RUNTIME(__lshrdi3)(uint64_t value, int count) {
    wide in = {value}, out;
    if (count == 0)
        return value;
    out.half.high = count < 32 ? in.half.high >> count : 0;
    out.half.low = count < 32 ? (in.half.low >> count) | (in.half.high << (32 - count)) : in.half.high >> (count - 32);
    return out.whole;
}

int64_t RUNTIME(__ashrdi3)(int64_t value, int count) {
    wide in = {(uint64_t)value}, out;
    int32_t high = (int32_t)in.half.high;
    if (count == 0)
        return value;
    out.half.high = (uint32_t)(high >> (count < 32 ? count : 31));
    out.half.low =
        count < 32 ? (in.half.low >> count) | (in.half.high << (32 - count)) : (uint32_t)(high >> (count - 32));
    return (int64_t)out.whole;
}

/* Long division, one bit a step, with a shortcut where both fit 32 bits. A divisor of zero gives all ones. */
static uint64_t divide(uint64_t dividend, uint64_t divisor, uint64_t *remainder) {
    if ((dividend | divisor) >> 32 == 0 && divisor != 0) {
        *remainder = (uint32_t)dividend % (uint32_t)divisor;
        return (uint32_t)dividend / (uint32_t)divisor;
    }
    uint64_t rest = 0, quotient = 0;
    for (int bit = 0; bit < 64; bit++) {
        uint32_t carry = (uint32_t)(rest >> 63);
        rest = (rest + rest) | (dividend >> 63);
        dividend += dividend;
        quotient += quotient;
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    *remainder = rest;
    return quotient;
}

uint64_t RUNTIME(__udivdi3)(uint64_t dividend, uint64_t divisor) {
    uint64_t rest;
    return divide(dividend, divisor, &rest);
}

uint64_t RUNTIME(__umoddi3)(uint64_t dividend, uint64_t divisor) {
    uint64_t rest;
    divide(dividend, divisor, &rest);
    return rest;
}

static uint64_t magnitude(int64_t value) { return value < 0 ? 0 - (uint64_t)value : (uint64_t)value; }

int64_t RUNTIME(__divdi3)(int64_t dividend, int64_t divisor) {
    uint64_t quotient = RUNTIME(__udivdi3)(magnitude(dividend), magnitude(divisor));
    return (int64_t)((dividend ^ divisor) < 0 ? 0 - quotient : quotient);
}

int64_t RUNTIME(__moddi3)(int64_t dividend, int64_t divisor) {
    uint64_t rest = RUNTIME(__umoddi3)(magnitude(dividend), magnitude(divisor));
    return (int64_t)(dividend < 0 ? 0 - rest : rest);
}

/* IEEE 754 binary32 division, round to nearest even, subnormals included; any NaN gives the quiet NaN. */
float RUNTIME(__divsf3)(float dividend, float divisor) {
    union {
        float value;
        uint32_t bits;
    } x = {dividend}, y = {divisor}, result;
    uint32_t sign = (x.bits ^ y.bits) & 0x80000000u;
    uint32_t a = x.bits & 0x7FFFFFFFu, b = y.bits & 0x7FFFFFFFu;
    const uint32_t infinity = 0x7F800000u, not_a_number = 0x7FC00000u;

    if (a > infinity || b > infinity || (a == infinity && b == infinity) || (a == 0 && b == 0)) {
        result.bits = not_a_number;
        return result.value;
    }
    if (a == infinity || b == 0) {
        result.bits = sign | infinity;
        return result.value;
    }
    if (a == 0 || b == infinity) {
        result.bits = sign;
        return result.value;
    }

    int exponent_a = (int)(a >> 23), exponent_b = (int)(b >> 23);
    uint32_t fraction_a = a & 0x7FFFFFu, fraction_b = b & 0x7FFFFFu;
    if (exponent_a)
        fraction_a |= 0x800000u;
    else
        exponent_a = 1;
    if (exponent_b)
        fraction_b |= 0x800000u;
    else
        exponent_b = 1;
    for (; fraction_a < 0x800000u; exponent_a--)
        fraction_a <<= 1;
    for (; fraction_b < 0x800000u; exponent_b--)
        fraction_b <<= 1;

    int exponent = exponent_a - exponent_b + 127;
    if (fraction_a < fraction_b) {
        fraction_a <<= 1;
        exponent--;
    }
    /* 24 bits of quotient, a rounding bit, and a sticky bit for the rest */
    uint32_t quotient = 0;
    for (int bit = 0; bit < 25; bit++) {
        quotient <<= 1;
        if (fraction_a >= fraction_b) {
            fraction_a -= fraction_b;
            quotient |= 1;
        }
        fraction_a <<= 1;
    }
    quotient = (quotient << 1) | (fraction_a != 0);

    int drop = 2; /* bits below the last one kept */
    if (exponent >= 255) {
        result.bits = sign | infinity;
        return result.value;
    }
    if (exponent <= 0) { /* subnormal: shift further */
        drop += 1 - exponent;
        exponent = 0;
        if (drop > 27)
            drop = 27;
    }
    uint32_t rest = quotient & ((1u << drop) - 1), half = 1u << (drop - 1);
    uint32_t fraction = quotient >> drop;
    fraction += rest > half || (rest == half && (fraction & 1));
    /* The hidden bit of a normal number, and a carry out of the rounding, add themselves to the exponent. */
    result.bits = sign | ((exponent ? (uint32_t)(exponent - 1) << 23 : 0) + fraction);
    return result.value;
}
