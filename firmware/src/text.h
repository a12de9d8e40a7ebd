/* Text to the serial line without printf: lines of the benchmark protocol and JSON objects, one a line. It leaves the
   device when its line ends. */
#ifndef TINYML_TEXT_H
#define TINYML_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void text(const char *string);
void text_character(char character);
void text_decimal(uint64_t number);
void text_signed(int32_t number);
void text_hex(uint32_t number, int digits);
void text_end_line(void); /* \r\n */
void text_line(const char *string);

/* A fraction with three decimals, rounded as printf's %0.3f rounds it: to nearest, ties to even. */
void text_fixed3(int64_t numerator, int power_of_two);

/* JSON: commas come by themselves, strings are escaped; `key` is NULL inside an array. */
void json_open(const char *key, char bracket); /* '{' or '[' */
void json_close(char bracket);                 /* '}' or ']' */
void json_string(const char *key, const char *value);
void json_number(const char *key, uint64_t value);
void json_signed(const char *key, int32_t value);
void json_fixed3(const char *key, int64_t numerator, int power_of_two);
void json_bool(const char *key, bool value);
void json_crc(const char *key, uint32_t value);                  /* eight hex digits, as a string */
void json_hex(const char *key, const void *bytes, size_t count); /* two digits a byte */
void json_base64(const char *key, const void *bytes, size_t count);

/* `{"name":{`, and its end with the line's end. */
void json_begin_line(const char *name);
void json_end_line(void);

/* number / divisor; the boards without 64-bit division need no library for it. */
uint64_t divide(uint64_t number, uint32_t divisor, uint32_t *remainder);

#ifdef __cplusplus
}
#endif

#endif
