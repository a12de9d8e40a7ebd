/* What `tinyml export` writes for one run: the labels, how a picture becomes the model's input, and the proof that
   this firmware computes what the PC computes. The one definition is generated (application.c). */
#ifndef TINYML_APPLICATION_H
#define TINYML_APPLICATION_H

#include <stdint.h>

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The arena and, behind it, constants that are copied to RAM once. */
enum {
    MODEL_COPIES_AT = (MODEL_ARENA_BYTES + 15) / 16 * 16,
    MODEL_MEMORY_BYTES = MODEL_COPIES_AT + MODEL_COPIED_BYTES
};
enum { TASK_CLASSIFY = 0, TASK_DETECT = 1, TASK_RAW = 2 };
enum { FIT_SQUASH = 0, FIT_CROP = 1 };

/* Several inputs are no picture: their bytes lie one after the other, in the order of the file. Outputs likewise. */
#if MODEL_INPUTS > 1
#define MODEL_INPUT_HEIGHT 1
#define MODEL_INPUT_WIDTH 1
#define MODEL_INPUT_CHANNELS MODEL_INPUT_BYTES
#endif
#if MODEL_OUTPUTS > 1
#define MODEL_OUTPUT_HEIGHT 1
#define MODEL_OUTPUT_WIDTH 1
#define MODEL_OUTPUT_CHANNELS MODEL_OUTPUT_BYTES
#endif

/* An input or output: real = (value - zero_point) * scale. */
typedef struct {
    const char *name;
    uint8_t type; /* tm_type */
    uint16_t height, width, channels;
    uint32_t bytes;
    int32_t zero_point;
    uint32_t scale_q24; /* scale * 2^24, rounded; 65536 for the softmax's 1/256 */
} tinyml_edge;

/* One known input with everything that the model must make of it. */
typedef struct {
    const uint8_t *input;       /* [MODEL_INPUT_BYTES]: the picture at the model's size, before the input table */
    const int8_t *output;       /* [MODEL_OUTPUT_BYTES] */
    const uint32_t *layer_crcs; /* [MODEL_LAYERS]: CRC-32 of each layer's output, row after row; NULL: not known */
} tinyml_golden;

typedef struct {
    const char *name;           /* of the run: lower case, digits, '-' and '_' */
    const char *version;        /* of tinyml */
    const char *model_sha256;   /* of model_int8.tflite: 64 hex digits */
    uint8_t task;               /* TASK_CLASSIFY: output [classes]; TASK_DETECT: output [height][width][1 + classes];
                                   TASK_RAW: output of any meaning, given as it is */
    uint8_t fit;                /* FIT_SQUASH, FIT_CROP: how a camera frame becomes the model's picture */
    uint16_t class_count;       /* without the background */
    const char *const *labels;  /* [class_count] */
    const uint16_t *thresholds; /* [class_count]: a cell counts from this probability on, in 1/256; detect */
    const int8_t (
        *input_table)[256]; /* [MODEL_INPUT_CHANNELS][256]: byte of the picture -> byte of the model; NULL: the same */
    const tinyml_edge *inputs;  /* [MODEL_INPUTS] */
    const tinyml_edge *outputs; /* [MODEL_OUTPUTS] */
    uint16_t golden_count;
    const tinyml_golden *goldens; /* [golden_count] */
} tinyml_application_data;

extern const tinyml_application_data tinyml_application;

/* Whether the input is a picture of bytes, which a camera can give: gray, or red, green and blue. */
enum {
    MODEL_TAKES_PICTURES = MODEL_INPUTS == 1 && (MODEL_INPUT_CHANNELS == 1 || MODEL_INPUT_CHANNELS == 3) &&
    MODEL_INPUT_BYTES == MODEL_INPUT_HEIGHT * MODEL_INPUT_WIDTH * MODEL_INPUT_CHANNELS
};

#ifdef __cplusplus
}
#endif

#endif
