#pragma once
#include "freertos/FreeRTOS.h"
typedef struct tskTaskControlBlock *TaskHandle_t;
typedef void (*TaskFunction_t)(void *);
typedef uint8_t StackType_t;
typedef struct {
    uint32_t opaque[96];
} StaticTask_t;
void vTaskDelay(TickType_t ticks);
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char *name, uint32_t stack_bytes,
                                           void *parameters, UBaseType_t priority, StackType_t *stack,
                                           StaticTask_t *task, BaseType_t core);
void vTaskDelete(TaskHandle_t task);
void vTaskSuspend(TaskHandle_t task);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks_to_wait);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
BaseType_t xPortGetCoreID(void);
