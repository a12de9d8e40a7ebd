/* Text to the serial line without printf: it leaves the device when its line ends. */
#ifndef TINYML_TEXT_H
#define TINYML_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void tinyml_text(const char *string);
void tinyml_text_character(char character);
void tinyml_text_decimal(uint64_t number);
void tinyml_text_signed(int32_t number);
void tinyml_text_hex(uint32_t number, int digits);
void tinyml_text_end_line(void); /* \r\n */
void tinyml_text_line(const char *string);

/* A fraction with three decimals, rounded as printf's %0.3f rounds it: to nearest, ties to even. */
void tinyml_text_fixed3(int64_t numerator, int power_of_two);

#ifdef __cplusplus
}
#endif

#endif
