/* One model, run row by row, whatever executes it: the compiled C (stream_runtime.c) or TFLite-Micro (tflm/runtime.cpp). */
#ifndef TINYML_RUNTIME_H
#define TINYML_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const char tinyml_runtime_name[]; /* "stream" or "tflm" */

/* Makes ready for the first row of a picture; false where the model's memory cannot be had. */
bool tinyml_runtime_begin(void);

/* Takes the next row of the picture, [MODEL_INPUT_WIDTH][MODEL_INPUT_CHANNELS] bytes before the input table; false
   where the model refuses it. After the last row the output is complete. */
bool tinyml_runtime_push_row(const uint8_t *row);

/* A whole picture, [MODEL_INPUT_HEIGHT] rows; of a model that takes none, all inputs one after the other. */
bool tinyml_runtime_run(const uint8_t *inputs);

const int8_t *tinyml_runtime_output(int number); /* tinyml_application.outputs[number].bytes */
uint32_t tinyml_runtime_arena_bytes(void);

/* Calls `trace` after each row of each layer, until it is set to NULL; false where the runtime cannot. */
typedef void (*runtime_trace)(void *user, int layer, int row, const int8_t *data, int bytes);
bool tinyml_runtime_set_trace(runtime_trace trace, void *user);
const char *tinyml_runtime_layer_name(int layer);

/* Keeps a helping core out of the next pictures, or lets it in again. */
void tinyml_runtime_work_alone(bool alone);

#ifdef __cplusplus
}
#endif

#endif
