#pragma once
#include <stddef.h>
#include <stdint.h>
typedef enum { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;
typedef struct {
    union {
        int8_t *int8;
    } data;
} TfLiteTensor;
