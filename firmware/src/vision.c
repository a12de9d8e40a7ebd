#include "vision.h"

#include "board.h"
#include "camera.h"
#include "crc32.h"
#include "hal.h"
#include "runtime.h"
#include "text.h"
#include "tinyml_vision.h"

enum { MOST_OBJECTS = 64, ROW_BYTES = MODEL_INPUT_WIDTH * MODEL_INPUT_CHANNELS };

static const tv_format vision_format[] = {
    [FORMAT_RGB888] = TV_RGB888,
    [FORMAT_GRAY8] = TV_GRAY8,
    [FORMAT_RGB565_BIG] = TV_RGB565_BIG,
    [FORMAT_RGB565_LITTLE] = TV_RGB565_LITTLE,
};

static const char *const format_name[] = {
    [FORMAT_RGB888] = "rgb888",
    [FORMAT_GRAY8] = "gray8",
    [FORMAT_RGB565_BIG] = "rgb565_big",
    [FORMAT_RGB565_LITTLE] = "rgb565_little",
};

static size_t row_bytes(const frame *picture) {
  static const uint8_t pixel_bytes[] = {
      [FORMAT_RGB888] = 3, [FORMAT_GRAY8] = 1, [FORMAT_RGB565_BIG] = 2, [FORMAT_RGB565_LITTLE] = 2};
  return (size_t)picture->width * pixel_bytes[picture->format];
}

static void camera_error(const char *problem) {
  text("e-[Camera: ");
  text(problem);
  text_line("]");
}

/* Resizes the frame row by row and pushes each row into the model as soon as it is complete. */
static bool look_at(const frame *picture) {
  static tv_resizer resizer;
  static uint32_t sums[ROW_BYTES];
  static uint8_t row[ROW_BYTES];
  if (!runtime_begin() ||
      !tv_resize_begin(&resizer, picture->width, picture->height, vision_format[picture->format], MODEL_INPUT_WIDTH,
                       MODEL_INPUT_HEIGHT, MODEL_INPUT_CHANNELS, application.fit == FIT_CROP, sums))
    return false;
  for (int y = 0; y < picture->height; y++) {
    tv_resize_push(&resizer, picture->pixels + (size_t)y * row_bytes(picture));
    while (tv_resize_pull(&resizer, row))
      if (!runtime_push_row(row)) return false;
  }
  return true;
}

static int64_t probability_q24(int output) {
  return (int64_t)(output - application.output_zero_point) * application.output_scale_q24;
}

static void report_classes(void) {
  const int8_t *output = runtime_output();
  int best = 0;
  for (int i = 1; i < application.class_count; i++)
    if (output[i] > output[best]) best = i;
  json_string("label", application.labels[best]);
  json_fixed3("probability", probability_q24(output[best]), 24);
  json_open("probabilities", '[');
  for (int i = 0; i < application.class_count; i++) json_fixed3(NULL, probability_q24(output[i]), 24);
  json_close(']');
}

static void report_objects(void) {
#if MODEL_OUTPUT_CHANNELS > 1
  static uint8_t visited[MODEL_OUTPUT_HEIGHT * MODEL_OUTPUT_WIDTH];
  static tv_object objects[MOST_OBJECTS];
  int count = tv_centroids(runtime_output(), MODEL_OUTPUT_HEIGHT, MODEL_OUTPUT_WIDTH, application.class_count,
                           application.output_zero_point, application.thresholds, visited, objects, MOST_OBJECTS);
  json_open("objects", '[');
  for (int i = 0; i < count; i++) {
    json_open(NULL, '{');
    json_string("label", application.labels[objects[i].label]);
    json_close('}');
  }
  json_close(']');
#endif
}

/* Takes a picture and tells what is in it. */
static bool detect(device *state) {
  frame picture;
  const char *problem = camera_take(state, &picture);
  if (problem != NULL) {
    camera_error(problem);
    return false;
  }
  uint64_t begin = hal_ticks();
  bool seen = look_at(&picture);
  uint64_t ticks = hal_ticks() - begin;
  camera_release();
  if (!seen) {
    protocol_error("Inference failed");
    return false;
  }
  json_begin_line("detect");
  if (application.task == TASK_DETECT) {
    report_objects();
  } else {
    report_classes();
  }
  json_number("ticks", ticks);
  json_end_line();
  return true;
}

void command_detect(device *state, char *arguments) {
  (void)arguments;
  detect(state);
}

void vision_stream(device *state) {
  if (!detect(state)) state->streaming = false;
}

void command_stream(device *state, char *arguments) {
  const char *word = protocol_word(&arguments);
  if (word == NULL || !(protocol_same(word, "on") || protocol_same(word, "off"))) {
    protocol_error("Command 'stream' requires on or off");
  } else {
    state->streaming = protocol_same(word, "on");
  }
}

void command_capture(device *state, char *arguments) {
  (void)arguments;
  frame picture;
  const char *problem = camera_take(state, &picture);
  if (problem != NULL) {
    camera_error(problem);
    return;
  }
  json_begin_line("capture");
  json_number("width", (uint32_t)picture.width);
  json_number("height", (uint32_t)picture.height);
  json_string("format", format_name[picture.format]);
  json_end_line();
  uint32_t crc = 0;
  for (int y = 0; y < picture.height; y++) {
    const uint8_t *row = picture.pixels + (size_t)y * row_bytes(&picture);
    crc = crc32(crc, row, row_bytes(&picture));
    json_begin_line("row");
    json_number("y", (uint32_t)y);
    json_base64("pixels", row, row_bytes(&picture));
    json_end_line();
    board_alive();
  }
  json_begin_line("captured");
  json_crc("crc32", crc);
  json_end_line();
  camera_release();
}
