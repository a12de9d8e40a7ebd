/* Two workers for a compiled model: the core that runs the model, and a helper on another core.
 *
 *     static tm_threads threads;
 *     if (tm_threads_start(&threads)) {
 *         m.workers = &threads.workers;
 *     }
 *
 * The model must have been compiled for two (tinyml compile --workers 2). The helper is a POSIX thread on a computer
 * and a task pinned to the other core on an ESP32; elsewhere tm_threads_start returns 0 and the model runs on one core.
 * The bytes are those of one worker. One tm_threads serves one model at a time; on an ESP32 it lies in internal RAM. */
#ifndef TM_THREADS_H
#define TM_THREADS_H

#include "tinyml_kernels.h"
#include "tm_thread.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TM_CACHE_LINE_BYTES = 64 };

/* What one core writes and the other one reads lies in cache lines of its own. */
typedef struct tm_threads {
    tm_workers workers; /* what a model is given */
    tm_thread thread;
    char apart_from_thread[TM_CACHE_LINE_BYTES];
    /* Written by the caller. */
    void (*help)(void *model); /* NULL: the helper is to stop */
    void *model;
    unsigned invitation; /* odd: open */
    unsigned admitted;   /* the last invitation on which the helper was let in */
    unsigned first_met;  /* barriers that the caller has come to */
    char apart_from_helper[TM_CACHE_LINE_BYTES];
    /* Written by the helper. */
    unsigned came;       /* the last invitation that it came to */
    unsigned second_met; /* barriers that it has come to */
    unsigned parked;     /* whether it sleeps and must be woken */
    char apart_from_others[TM_CACHE_LINE_BYTES];
} tm_threads;

/* Start the helper; return 1, or 0 where there is none to be had. */
int tm_threads_start(tm_threads *threads);

/* Stop the helper and wait until it is gone. */
void tm_threads_stop(tm_threads *threads);

#ifdef __cplusplus
}
#endif

#endif
