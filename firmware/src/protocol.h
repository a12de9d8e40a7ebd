/* The serial protocol: bytes in, commands out of them, answers in lines; every command ends with one `m-ready`.
   MLPerf Tiny's device protocol, and commands of our own that answer in JSON. docs/protocol.md describes all of it. */
#ifndef TINYML_PROTOCOL_H
#define TINYML_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "application.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { COMMAND_CHARACTERS = 80 };

/* All that the device remembers between commands. */
typedef struct {
    char line[COMMAND_CHARACTERS + 1]; /* the command as far as it has come */
    size_t line_length;                /* more than COMMAND_CHARACTERS: too long, and refused when its '%' comes */
    uint8_t *input;    /* [MODEL_INPUT_BYTES]: what `db` loads and `infer` reads; NULL: no memory for it */
    size_t load_at;    /* in it, of what the last `db load` announced */
    size_t load_bytes; /* expected by the last `db load` */
    size_t loaded_bytes;
    bool streaming;
} tinyml_device;

/* One row of the table of commands, which feeds dispatch, `help` and the docs. */
typedef struct {
    const char *name;
    const char *arguments;
    const char *what;
    void (*run)(tinyml_device *, char *arguments);
} tinyml_command;

extern const tinyml_command tinyml_commands[];
extern const size_t tinyml_command_count;

/* The greeting at boot. */
void tinyml_protocol_greet(void);

/* Takes one byte from the serial line; on '%' runs the command that it ends. */
void tinyml_protocol_take(tinyml_device *state, int byte);

/* The next word of a command, NULL at its end; `rest` moves behind it. */
char *tinyml_protocol_word(char **rest);

/* A decimal number that fits int32_t, else -1: "-7" and "7x" too. */
int32_t tinyml_protocol_number(const char *word);

bool tinyml_protocol_same(const char *a, const char *b);

/* Which of `count` inputs or outputs has this name or, in decimals, number; -1 where none has. */
int tinyml_protocol_edge(const tinyml_edge *edges, int count, const char *name);

/* `e-[...]` around what went wrong. */
void tinyml_protocol_error(const char *what);

/* m-lap-us-N: the microseconds since some moment in the past. */
void tinyml_protocol_timestamp(void);

/* MLPerf Tiny's commands (benchmark.c). */
void tinyml_command_name(tinyml_device *, char *);
void tinyml_command_profile(tinyml_device *, char *);
void tinyml_command_timestamp(tinyml_device *, char *);
void tinyml_command_db(tinyml_device *, char *);
void tinyml_command_infer(tinyml_device *, char *);
void tinyml_command_results(tinyml_device *, char *);
/* Our own (inspect.c, vision.c). */
void tinyml_command_help(tinyml_device *, char *);
void tinyml_command_info(tinyml_device *, char *);
void tinyml_command_input(tinyml_device *, char *);
void tinyml_command_output(tinyml_device *, char *);
void tinyml_command_layers(tinyml_device *, char *);
void tinyml_command_cycles(tinyml_device *, char *);
void tinyml_command_selftest(tinyml_device *, char *);
void tinyml_command_capture(tinyml_device *, char *);
void tinyml_command_detect(tinyml_device *, char *);
void tinyml_command_stream(tinyml_device *, char *);

#ifdef __cplusplus
}
#endif

#endif
