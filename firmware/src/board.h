/* What a board knows of itself beyond the serial line and the clock of hal.h. */
#ifndef TINYML_BOARD_H
#define TINYML_BOARD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for the model, [MODEL_MEMORY_BYTES] aligned to 16, and for its input, [MODEL_INPUT_BYTES]: both are there from
   tinyml_board_start on, or both are NULL. */
uint8_t *tinyml_board_arena(void);
uint8_t *tinyml_board_input(void);

/* Of a model of two arenas the second one, [MODEL_EXTERNAL_BYTES] aligned to 16 in PSRAM; else NULL. */
uint8_t *tinyml_board_external(void);

/* Starts the watchdog and takes the memory; says in a line of JSON when the board was reset by a failure, and in an
   error line what memory is missing. */
void tinyml_board_start(void);

/* Tells the watchdog that all is well; called at least once an inference and while waiting for a command. */
void tinyml_board_alive(void);

/* Adds what this board can tell to the open JSON object of `info`: free memory, clock, why it was reset. */
void tinyml_board_describe(void);

#ifdef __cplusplus
}
#endif

#endif
