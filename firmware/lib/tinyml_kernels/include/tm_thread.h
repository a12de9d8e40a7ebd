/* One thread of the operating system, as tm_threads.h holds it. */
#ifndef TM_THREAD_H
#define TM_THREAD_H

#if defined(ESP_PLATFORM)
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
enum { TM_THREAD_STACK_BYTES = 4096 };
typedef struct tm_thread {
    StaticTask_t task;
    StackType_t stack[TM_THREAD_STACK_BYTES / sizeof(StackType_t)];
    TaskHandle_t handle;
    void (*run)(void *argument);
    void *argument;
} tm_thread;
#elif defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
typedef struct tm_thread {
    pthread_t handle;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    void (*run)(void *argument);
    void *argument;
} tm_thread;
#else
typedef struct tm_thread {
    char none;
} tm_thread;
#endif

#endif
