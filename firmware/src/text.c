#include "text.h"

#include "hal.h"

/* Bytes go to the serial line by the buffer, not one by one: over TCP each would be a packet. */
static char pending[256];
static size_t pending_count;

static bool comma; /* the next member of the open JSON object needs one before it */

static void flush(void) {
    hal_write(pending, pending_count);
    pending_count = 0;
}

void text_character(char character) {
    pending[pending_count++] = character;
    if (pending_count == sizeof pending)
        flush();
}

void text(const char *string) {
    while (*string != 0)
        text_character(*string++);
}

void text_end_line(void) {
    text("\r\n");
    flush();
}

void text_line(const char *string) {
    text(string);
    text_end_line();
}

uint64_t divide(uint64_t number, uint32_t divisor, uint32_t *remainder) {
    uint64_t quotient = 0, rest = 0;
    for (int bit = 63; bit >= 0; bit--) {
        rest = (rest << 1) | ((number >> bit) & 1u);
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= (uint64_t)1 << bit;
        }
    }
    if (remainder != NULL)
        *remainder = (uint32_t)rest;
    return quotient;
}

void text_decimal(uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    do {
        uint32_t digit;
        number = divide(number, 10, &digit);
        digits[--first] = (char)('0' + digit);
    } while (number != 0);
    while (first < sizeof digits)
        text_character(digits[first++]);
}

void text_signed(int32_t number) {
    if (number < 0)
        text_character('-');
    text_decimal(number < 0 ? 0u - (uint32_t)number : (uint32_t)number);
}

void text_hex(uint32_t number, int digits) {
    while (digits-- > 0)
        text_character("0123456789abcdef"[(number >> (4 * digits)) & 15u]);
}

void text_fixed3(int64_t numerator, int power_of_two) {
    uint64_t magnitude = numerator < 0 ? 0u - (uint64_t)numerator : (uint64_t)numerator;
    magnitude *= 1000u;
    uint64_t thousandths = magnitude >> power_of_two;
    uint64_t rest = magnitude - (thousandths << power_of_two), half = (uint64_t)1 << (power_of_two - 1);
    if (rest > half || (rest == half && (thousandths & 1u) != 0))
        thousandths++;
    uint32_t decimals;
    uint64_t whole = divide(thousandths, 1000, &decimals);
    if (numerator < 0)
        text_character('-');
    text_decimal(whole);
    text_character('.');
    text_character((char)('0' + decimals / 100));
    text_character((char)('0' + decimals / 10 % 10));
    text_character((char)('0' + decimals % 10));
}

static void escaped(const char *string) {
    text_character('"');
    for (; *string != 0; string++) {
        uint8_t character = (uint8_t)*string;
        if (character == '"' || character == '\\') {
            text_character('\\');
            text_character((char)character);
        } else if (character < 32 || character == 127) {
            text("\\u");
            text_hex(character, 4);
        } else {
            text_character((char)character);
        }
    }
    text_character('"');
}

static void member(const char *key) {
    if (comma)
        text_character(',');
    comma = true;
    if (key == NULL)
        return;
    escaped(key);
    text_character(':');
}

void json_open(const char *key, char bracket) {
    member(key);
    text_character(bracket);
    comma = false;
}

void json_close(char bracket) {
    text_character(bracket);
    comma = true;
}

void json_string(const char *key, const char *value) {
    member(key);
    escaped(value);
}

void json_number(const char *key, uint64_t value) {
    member(key);
    text_decimal(value);
}

void json_signed(const char *key, int32_t value) {
    member(key);
    text_signed(value);
}

void json_fixed3(const char *key, int64_t numerator, int power_of_two) {
    member(key);
    text_fixed3(numerator, power_of_two);
}

void json_bool(const char *key, bool value) {
    member(key);
    text(value ? "true" : "false");
}

void json_crc(const char *key, uint32_t value) {
    member(key);
    text_character('"');
    text_hex(value, 8);
    text_character('"');
}

void json_hex(const char *key, const void *bytes, size_t count) {
    member(key);
    text_character('"');
    for (size_t i = 0; i < count; i++)
        text_hex(((const uint8_t *)bytes)[i], 2);
    text_character('"');
}

void json_base64(const char *key, const void *bytes, size_t count) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *byte = (const uint8_t *)bytes;
    member(key);
    text_character('"');
    for (size_t i = 0; i < count; i += 3) {
        size_t here = count - i < 3 ? count - i : 3;
        uint32_t group = (uint32_t)byte[i] << 16;
        if (here > 1)
            group |= (uint32_t)byte[i + 1] << 8;
        if (here > 2)
            group |= byte[i + 2];
        for (size_t sextet = 0; sextet < 4; sextet++)
            text_character(sextet <= here ? alphabet[(group >> (18 - 6 * sextet)) & 63u] : '=');
    }
    text_character('"');
}

void json_begin_line(const char *name) {
    comma = false;
    json_open(NULL, '{');
    json_open(name, '{');
}

void json_end_line(void) {
    text("}}");
    text_end_line();
}
