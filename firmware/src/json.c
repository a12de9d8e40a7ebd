#include "json.h"

#include "text.h"

static bool comma; /* the next member of the open JSON object needs one before it */

static void escaped(const char *string) {
    tinyml_text_character('"');
    for (; *string != 0; string++) {
        uint8_t character = (uint8_t)*string;
        if (character == '"' || character == '\\') {
            tinyml_text_character('\\');
            tinyml_text_character((char)character);
        } else if (character < 32 || character == 127) {
            tinyml_text("\\u");
            tinyml_text_hex(character, 4);
        } else {
            tinyml_text_character((char)character);
        }
    }
    tinyml_text_character('"');
}

static void member(const char *key) {
    if (comma)
        tinyml_text_character(',');
    comma = true;
    if (key == NULL)
        return;
    escaped(key);
    tinyml_text_character(':');
}

void tinyml_json_open(const char *key, char bracket) {
    member(key);
    tinyml_text_character(bracket);
    comma = false;
}

void tinyml_json_close(char bracket) {
    tinyml_text_character(bracket);
    comma = true;
}

void tinyml_json_string(const char *key, const char *value) {
    member(key);
    escaped(value);
}

void tinyml_json_number(const char *key, uint64_t value) {
    member(key);
    tinyml_text_decimal(value);
}

void tinyml_json_signed(const char *key, int32_t value) {
    member(key);
    tinyml_text_signed(value);
}

void tinyml_json_fixed3(const char *key, int64_t numerator, int power_of_two) {
    member(key);
    tinyml_text_fixed3(numerator, power_of_two);
}

void tinyml_json_bool(const char *key, bool value) {
    member(key);
    tinyml_text(value ? "true" : "false");
}

void tinyml_json_crc(const char *key, uint32_t value) {
    member(key);
    tinyml_text_character('"');
    tinyml_text_hex(value, 8);
    tinyml_text_character('"');
}

void tinyml_json_hex(const char *key, const void *bytes, size_t count) {
    member(key);
    tinyml_text_character('"');
    for (size_t i = 0; i < count; i++)
        tinyml_text_hex(((const uint8_t *)bytes)[i], 2);
    tinyml_text_character('"');
}

void tinyml_json_base64(const char *key, const void *bytes, size_t count) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *byte = (const uint8_t *)bytes;
    member(key);
    tinyml_text_character('"');
    for (size_t i = 0; i < count; i += 3) {
        size_t here = count - i < 3 ? count - i : 3;
        uint32_t group = (uint32_t)byte[i] << 16;
        if (here > 1)
            group |= (uint32_t)byte[i + 1] << 8;
        if (here > 2)
            group |= byte[i + 2];
        for (size_t sextet = 0; sextet < 4; sextet++)
            tinyml_text_character(sextet <= here ? alphabet[(group >> (18 - 6 * sextet)) & 63u] : '=');
    }
    tinyml_text_character('"');
}

void tinyml_json_begin_line(const char *name) {
    comma = false;
    tinyml_json_open(NULL, '{');
    tinyml_json_open(name, '{');
}

void tinyml_json_end_line(void) {
    tinyml_text("}}");
    tinyml_text_end_line();
}
