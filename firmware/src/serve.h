/* The application itself. */
#ifndef TINYML_SERVE_H
#define TINYML_SERVE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Greets, then serves commands for ever; returns only where the serial line is closed for good (host, emulators). */
void tinyml_serve(void);

#ifdef __cplusplus
}
#endif

#endif
