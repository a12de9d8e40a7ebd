/* A model small enough to follow by hand, with the interface of a compiled one: it inverts each byte (layer 0), then
   averages red and blue (layer 1). Tests of the application that are not about models are built with it. */
#ifndef MODEL_H
#define MODEL_H

#include "tinyml_kernels.h"

#define MODEL_ARENA_BYTES 64
#define MODEL_TWO_ARENAS 0
#define MODEL_EXTERNAL_BYTES 0
#define MODEL_INPUTS 1
#define MODEL_OUTPUTS 1
#define MODEL_INPUT_HEIGHT 4
#define MODEL_INPUT_WIDTH 4
#define MODEL_INPUT_CHANNELS 3
#define MODEL_INPUT_BYTES 48
#define MODEL_INPUT_ROWS 1
#define MODEL_OUTPUT_HEIGHT 1
#define MODEL_OUTPUT_WIDTH 1
#define MODEL_OUTPUT_CHANNELS 2
#define MODEL_OUTPUT_BYTES 2
#define MODEL_LAYERS 2
#define MODEL_COPIED_BYTES 0

typedef struct model {
    int8_t *arena;
    int row;
    int sums[2];
    tm_workers *workers;
    tm_trace *trace;
    void *trace_user;
} model;

extern const char *const model_layer_names[MODEL_LAYERS];
extern const tm_edge model_outputs[MODEL_OUTPUTS];

tm_status model_init(model *m, void *arena, size_t arena_bytes);
int8_t *model_input_row(model *m);
tm_status model_push_row(model *m);

#endif
