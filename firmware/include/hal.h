/* What the application needs of a board. Every board's support folder implements all of it. */
#ifndef TINYML_HAL_H
#define TINYML_HAL_H

#include <stddef.h>
#include <stdint.h>

/* What the linker sees: other libraries have a hal_init, too. */
#define hal_board tinyml_hal_board
#define hal_exit tinyml_hal_exit
#define hal_getc tinyml_hal_getc
#define hal_getc_wait tinyml_hal_getc_wait
#define hal_init tinyml_hal_init
#define hal_putc tinyml_hal_putc
#define hal_tick_hz tinyml_hal_tick_hz
#define hal_ticks tinyml_hal_ticks
#define hal_write tinyml_hal_write

#ifdef __cplusplus
extern "C" {
#endif

/* The board's name, as in `pio run -e NAME`. */
extern const char hal_board[];

/* Called once by the start-up code before main. */
void hal_init(void);

/* The serial line, 8-bit clean. Writing waits until the line has taken the bytes. */
void hal_putc(int byte);
void hal_write(const void *bytes, size_t count);

/* The next byte from the serial line (0..255), or HAL_NONE at once where none has arrived. */
int hal_getc(void);

/* The next byte, waiting for it; HAL_NONE only where the line is closed for good (the host's end of input). */
int hal_getc_wait(void);
#define HAL_NONE (-1)

/* A clock that never runs backwards, hal_tick_hz ticks a second. Call it at least once a minute: where the
   hardware counter has 32 bits, the upper half counts its wraps.
   Emulated boards run with `-icount shift=7`, one instruction every 128 ns of this clock, hence exactly
   instructions = round(ticks * 1e9 / (hal_tick_hz * 128)). It is not time. */
uint64_t hal_ticks(void);
extern const uint32_t hal_tick_hz;

/* Ends the program (emulators and the host) with a status of 0..127; hardware resets. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void hal_exit(int status);

#ifdef __cplusplus
}
#endif

#endif
