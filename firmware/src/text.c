#include "text.h"

#include "divide.h"
#include "hal.h"

/* Bytes go to the serial line by the buffer, not one by one: over TCP each would be a packet. */
static char pending[256];
static size_t pending_count;

static void flush(void) {
    hal_write(pending, pending_count);
    pending_count = 0;
}

void tinyml_text_character(char character) {
    pending[pending_count++] = character;
    if (pending_count == sizeof pending)
        flush();
}

void tinyml_text(const char *string) {
    while (*string != 0)
        tinyml_text_character(*string++);
}

void tinyml_text_end_line(void) {
    tinyml_text("\r\n");
    flush();
}

void tinyml_text_line(const char *string) {
    tinyml_text(string);
    tinyml_text_end_line();
}

void tinyml_text_decimal(uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    do {
        uint32_t digit;
        number = tinyml_divide(number, 10, &digit);
        digits[--first] = (char)('0' + digit);
    } while (number != 0);
    while (first < sizeof digits)
        tinyml_text_character(digits[first++]);
}

void tinyml_text_signed(int32_t number) {
    if (number < 0)
        tinyml_text_character('-');
    tinyml_text_decimal(number < 0 ? 0u - (uint32_t)number : (uint32_t)number);
}

void tinyml_text_hex(uint32_t number, int digits) {
    while (digits-- > 0)
        tinyml_text_character("0123456789abcdef"[(number >> (4 * digits)) & 15u]);
}

void tinyml_text_fixed3(int64_t numerator, int power_of_two) {
    uint64_t magnitude = numerator < 0 ? 0u - (uint64_t)numerator : (uint64_t)numerator;
    magnitude *= 1000u;
    uint64_t thousandths = magnitude >> power_of_two;
    uint64_t rest = magnitude - (thousandths << power_of_two), half = (uint64_t)1 << (power_of_two - 1);
    if (rest > half || (rest == half && (thousandths & 1u) != 0))
        thousandths++;
    uint32_t decimals;
    uint64_t whole = tinyml_divide(thousandths, 1000, &decimals);
    if (numerator < 0)
        tinyml_text_character('-');
    tinyml_text_decimal(whole);
    tinyml_text_character('.');
    tinyml_text_character((char)('0' + decimals / 100));
    tinyml_text_character((char)('0' + decimals / 10 % 10));
    tinyml_text_character((char)('0' + decimals % 10));
}
