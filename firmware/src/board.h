/* What a board knows of itself beyond the serial line and the clock of hal.h. */
#ifndef TINYML_BOARD_H
#define TINYML_BOARD_H

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the watchdog; says in a line of JSON when the board was reset by a failure. */
void board_start(void);

/* Tells the watchdog that all is well; called at least once an inference and while waiting for a command. */
void board_alive(void);

/* Adds what this board can tell to the open JSON object of `info`: free memory, clock, why it was reset. */
void board_describe(void);

#ifdef __cplusplus
}
#endif

#endif
