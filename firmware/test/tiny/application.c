#include "application.h"

#include <stddef.h>

#ifndef TINY_TASK
#define TINY_TASK TASK_CLASSIFY /* as TASK_DETECT: a map of one cell, its two outputs background and "left" */
#endif

static const char *const labels[] = {"left \"quoted\"", "right"};
static const uint16_t thresholds[] = {128, 128};
/* byte - 128, written out by the preprocessor: 4, 16, 64, 256 values */
#define TO_4(v) (v) - 128, (v) - 127, (v) - 126, (v) - 125
#define TO_16(v) TO_4(v), TO_4((v) + 4), TO_4((v) + 8), TO_4((v) + 12)
#define TO_64(v) TO_16(v), TO_16((v) + 16), TO_16((v) + 32), TO_16((v) + 48)
#define TO_256 TO_64(0), TO_64(64), TO_64(128), TO_64(192)
static const int8_t table[3][256] = {{TO_256}, {TO_256}, {TO_256}};
static const uint8_t picture[MODEL_INPUT_BYTES] = {0,   5,   10,  15,  20,  25,  30,  35,  40,  45,  50,  55,
                                                   60,  65,  70,  75,  80,  85,  90,  95,  100, 105, 110, 115,
                                                   120, 125, 130, 135, 140, 145, 150, 155, 160, 165, 170, 175,
                                                   180, 185, 190, 195, 200, 205, 210, 215, 220, 225, 230, 235};
static const int8_t output[] = {14, 4};
static const uint32_t layer_crcs[] = {0xace41537u, 0xd837fb68u};
static const tinyml_golden goldens[] = {{picture, output, layer_crcs}};

static const tinyml_edge inputs[] = {{"picture", TM_INT8, 4, 4, 3, MODEL_INPUT_BYTES, -128, 65793}};
static const tinyml_edge outputs[] = {{"scores", TM_INT8, 1, 1, 2, MODEL_OUTPUT_BYTES, -128, 65536}};

const tinyml_application_data tinyml_application = {
    .name = "tiny01",
    .version = "0.0.0",
    .model_sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    .task = TINY_TASK,
    .fit = FIT_SQUASH,
    .class_count = TINY_TASK == TASK_DETECT ? 1 : 2,
    .labels = labels,
    .thresholds = thresholds,
    .input_table = table,
    .inputs = inputs,
    .outputs = outputs,
    .golden_count = 1,
    .goldens = goldens,
};
