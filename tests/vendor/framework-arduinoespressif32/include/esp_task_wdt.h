#pragma once
#include <stdbool.h>

#include "esp_err.h"
#include "freertos/task.h"
esp_err_t esp_task_wdt_init(uint32_t timeout_s, bool panic);
esp_err_t esp_task_wdt_add(TaskHandle_t handle);
esp_err_t esp_task_wdt_reset(void);
