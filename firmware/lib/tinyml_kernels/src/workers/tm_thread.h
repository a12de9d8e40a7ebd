/* What tm_threads.c needs of an operating system: start, park, wake and end one helper. */
#ifndef TM_THREAD_H
#define TM_THREAD_H

#include "tm_threads.h"

/* The helper's loop; returns when it is told to stop. */
void tm_threads_help(tm_threads *threads);

/* Return the open invitation, or 0 where there is none other than `last`. */
static inline unsigned tm_threads_invited(const tm_threads *threads, unsigned last) {
    const unsigned invitation = __atomic_load_n(&threads->invitation, __ATOMIC_SEQ_CST);
    return invitation != last && invitation % 2 == 1 ? invitation : 0;
}

#if defined(ESP_PLATFORM)
#define TM_HAVE_THREADS 1

/* About 0.2 ms before the helper parks: when the caller pauses for a tick, the helper's core must get to its idle task. */
enum { TM_THREAD_SPINS = 2000 };

static void tm_thread_main(void *threads) {
    tm_threads_help((tm_threads *)threads);
    vTaskSuspend(NULL); /* tm_thread_end deletes it */
}

static int tm_thread_start(tm_threads *threads) {
    const BaseType_t other_core = xPortGetCoreID() == 0 ? 1 : 0;
    const UBaseType_t priority = uxTaskPriorityGet(NULL);
    threads->thread.handle =
        xTaskCreateStaticPinnedToCore(tm_thread_main, "tm_helper", TM_THREAD_STACK_BYTES, threads, priority,
                                      threads->thread.stack, &threads->thread.task, other_core);
    return threads->thread.handle != NULL;
}

static void tm_thread_park(tm_threads *threads, unsigned last) {
    (void)threads;
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

static void *tm_thread_main(void *threads) {
    tm_threads_help((tm_threads *)threads);
    return NULL;
}

static int tm_thread_start(tm_threads *threads) {
    tm_thread *const thread = &threads->thread;
    if (pthread_mutex_init(&thread->mutex, NULL) != 0) {
        return 0;
    }
    if (pthread_cond_init(&thread->wake, NULL) == 0) {
        if (pthread_create(&thread->handle, NULL, tm_thread_main, threads) == 0) {
            return 1;
        }
        pthread_cond_destroy(&thread->wake);
    }
    pthread_mutex_destroy(&thread->mutex);
    return 0;
}

static void tm_thread_park(tm_threads *threads, unsigned last) {
    pthread_mutex_lock(&threads->thread.mutex);
    while (!tm_threads_invited(threads, last)) {
        pthread_cond_wait(&threads->thread.wake, &threads->thread.mutex);
    }
    pthread_mutex_unlock(&threads->thread.mutex);
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
