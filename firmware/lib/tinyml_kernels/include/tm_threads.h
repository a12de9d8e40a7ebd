/* Two workers for a compiled model: the core that runs the model, and a helper on another core.
 *
 *     static tm_threads threads;
 *     if (tm_threads_start(&threads)) {
 *         m.workers = &threads.workers;
 *     }
 *
 * The helper is a POSIX thread on a computer and a task pinned to the other core on an ESP32; elsewhere
 * tm_threads_start returns 0 and the model runs on one core. Each row is cut into two halves of its columns; the
 * bytes are those of one worker. One tm_threads serves one model at a time; on an ESP32 it lies in internal RAM. */
#ifndef TM_THREADS_H
#define TM_THREADS_H

#include "tinyml_kernels.h"

#if defined(ESP_PLATFORM)
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
enum { TM_THREAD_STACK_BYTES = 4096 };
typedef struct tm_thread {
    StaticTask_t task;
    StackType_t stack[TM_THREAD_STACK_BYTES / sizeof(StackType_t)];
    TaskHandle_t handle;
} tm_thread;
#elif defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
typedef struct tm_thread {
    pthread_t handle;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} tm_thread;
#else
typedef struct tm_thread {
    char none;
} tm_thread;
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tm_threads {
    tm_workers workers; /* what a model is given */
    tm_thread thread;
    char apart_from_thread[64];
    /* The half of a row that is offered; `ticket` is raised after the rest has been written. */
    tm_row_kernel *kernel;
    const void *layer;
    const int8_t *const *rows;
    int8_t *out;
    void *scratch;
    int x_begin, x_end;
    unsigned ticket;
    char apart_from_job[64]; /* the cores write these: not in one cache line */
    unsigned claimed;        /* the last ticket that somebody began */
    unsigned done;           /* the last ticket that the helper finished */
    unsigned parked;         /* whether the helper sleeps and must be woken */
} tm_threads;

/* Start the helper; return 1, or 0 where there is none to be had. */
int tm_threads_start(tm_threads *threads);

/* Stop the helper and wait until it is gone. */
void tm_threads_stop(tm_threads *threads);

#ifdef __cplusplus
}
#endif

#endif
