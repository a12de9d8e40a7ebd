/* What tm_threads.c needs of an operating system: start, park, wake and end one thread. */
#ifndef TM_THREAD_OS_H
#define TM_THREAD_OS_H

#include "tm_thread.h"

/* Whether a parked thread has been given work: `last` is what it did before. */
typedef unsigned tm_thread_wanted(const void *argument, unsigned last);

#if defined(ESP_PLATFORM)
#define TM_HAVE_THREADS 1

/* About 0.2 ms before the helper parks: when the caller pauses for a tick, the helper's core must get to its idle task. */
enum { TM_THREAD_SPINS = 2000 };

static void tm_thread_main(void *started) {
    const tm_thread *const thread = (const tm_thread *)started;
    thread->run(thread->argument);
    vTaskSuspend(NULL); /* tm_thread_end deletes it */
}

static int tm_thread_start(tm_thread *thread, void (*run)(void *argument), void *argument) {
    const BaseType_t other_core = xPortGetCoreID() == 0 ? 1 : 0;
    const UBaseType_t priority = uxTaskPriorityGet(NULL);
    thread->run = run;
    thread->argument = argument;
    thread->handle = xTaskCreateStaticPinnedToCore(tm_thread_main, "tm_helper", TM_THREAD_STACK_BYTES, thread, priority,
                                                   thread->stack, &thread->task, other_core);
    return thread->handle != NULL;
}

static void tm_thread_park(tm_thread *thread, tm_thread_wanted *wanted, unsigned last) {
    (void)thread;
    (void)wanted;
    (void)last;
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* a notification that came before is not lost */
}

static void tm_thread_wake(tm_thread *thread) { xTaskNotifyGive(thread->handle); }

static void tm_thread_end(tm_thread *thread) { vTaskDelete(thread->handle); }

static inline void tm_thread_pause(int spins) { (void)spins; }

#elif defined(__unix__) || defined(__APPLE__)
#define TM_HAVE_THREADS 1

#include <sched.h>

/* Longer than a caller needs from one row of a picture to the next: waking up takes long here. */
enum { TM_THREAD_SPINS = 20000 };

static void *tm_thread_main(void *started) {
    const tm_thread *const thread = (const tm_thread *)started;
    thread->run(thread->argument);
    return NULL;
}

static int tm_thread_start(tm_thread *thread, void (*run)(void *argument), void *argument) {
    thread->run = run;
    thread->argument = argument;
    if (pthread_mutex_init(&thread->mutex, NULL) != 0) {
        return 0;
    }
    if (pthread_cond_init(&thread->wake, NULL) == 0) {
        if (pthread_create(&thread->handle, NULL, tm_thread_main, thread) == 0) {
            return 1;
        }
        pthread_cond_destroy(&thread->wake);
    }
    pthread_mutex_destroy(&thread->mutex);
    return 0;
}

static void tm_thread_park(tm_thread *thread, tm_thread_wanted *wanted, unsigned last) {
    pthread_mutex_lock(&thread->mutex);
    while (!wanted(thread->argument, last)) {
        pthread_cond_wait(&thread->wake, &thread->mutex);
    }
    pthread_mutex_unlock(&thread->mutex);
}

static void tm_thread_wake(tm_thread *thread) {
    pthread_mutex_lock(&thread->mutex);
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->mutex);
}

static void tm_thread_end(tm_thread *thread) {
    pthread_join(thread->handle, NULL);
    pthread_cond_destroy(&thread->wake);
    pthread_mutex_destroy(&thread->mutex);
}

/* Wait a moment; now and then let the operating system run something else, in case it took the helper's core. */
static inline void tm_thread_pause(int spins) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
    if (spins % 1024 == 1023) {
        sched_yield();
    }
}

#else
#define TM_HAVE_THREADS 0
#endif

#endif
