/* JSON to the serial line, an object a line. */
#ifndef TINYML_JSON_H
#define TINYML_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Commas come by themselves, strings are escaped; `key` is NULL inside an array. */
void tinyml_json_open(const char *key, char bracket); /* '{' or '[' */
void tinyml_json_close(char bracket);                 /* '}' or ']' */
void tinyml_json_string(const char *key, const char *value);
void tinyml_json_number(const char *key, uint64_t value);
void tinyml_json_signed(const char *key, int32_t value);
void tinyml_json_fixed3(const char *key, int64_t numerator, int power_of_two);
void tinyml_json_bool(const char *key, bool value);
void tinyml_json_crc(const char *key, uint32_t value);                  /* eight hex digits, as a string */
void tinyml_json_hex(const char *key, const void *bytes, size_t count); /* two digits a byte */
void tinyml_json_base64(const char *key, const void *bytes, size_t count);

/* `{"name":{`, and its end with the line's end. */
void tinyml_json_begin_line(const char *name);
void tinyml_json_end_line(void);

#ifdef __cplusplus
}
#endif

#endif
