#include "vision.h"

#include "board.h"
#include "camera.h"
#include "crc32.h"
#include "hal.h"
#include "results.h"
#include "runtime.h"
#include "divide.h"
#include "json.h"
#include "text.h"
#include "tinyml_vision.h"

enum { MOST_OBJECTS = 64, ROW_BYTES = MODEL_TAKES_PICTURES ? MODEL_INPUT_WIDTH * MODEL_INPUT_CHANNELS : 1 };

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

static size_t row_bytes(const tinyml_frame *picture) {
    static const uint8_t pixel_bytes[] = {
        [FORMAT_RGB888] = 3, [FORMAT_GRAY8] = 1, [FORMAT_RGB565_BIG] = 2, [FORMAT_RGB565_LITTLE] = 2};
    return (size_t)picture->width * pixel_bytes[picture->format];
}

static void camera_error(const char *problem) {
    tinyml_text("e-[Camera: ");
    tinyml_text(problem);
    tinyml_text_line("]");
}

/* Resizes the frame row by row and pushes each row into the model as soon as it is complete. */
static bool look_at(const tinyml_frame *picture) {
    static tv_resizer resizer;
    static uint32_t words[TV_RESIZE_WORDS(ROW_BYTES, 1)];
    static uint8_t row[ROW_BYTES];
    if (!MODEL_TAKES_PICTURES || !tinyml_runtime_begin() ||
        !tv_resize_begin(&resizer, picture->width, picture->height, vision_format[picture->format], MODEL_INPUT_WIDTH,
                         MODEL_INPUT_HEIGHT, MODEL_INPUT_CHANNELS, tinyml_application.fit == FIT_CROP, words))
        return false;
    for (int y = 0; y < picture->height; y++) {
        tv_resize_push(&resizer, picture->pixels + (size_t)y * row_bytes(picture));
        while (tv_resize_pull(&resizer, row))
            if (!tinyml_runtime_push_row(row))
                return false;
    }
    return true;
}

static void report_classes(void) {
    int best = 0;
    for (int i = 1; i < tinyml_application.class_count; i++)
        if (tinyml_result(0, i) > tinyml_result(0, best))
            best = i;
    tinyml_json_string("label", tinyml_application.labels[best]);
    tinyml_json_fixed3("probability", tinyml_result(0, best), RESULT_BITS);
    tinyml_json_open("probabilities", '[');
    for (int i = 0; i < tinyml_application.class_count; i++)
        tinyml_json_fixed3(NULL, tinyml_result(0, i), RESULT_BITS);
    tinyml_json_close(']');
}

static void report_output(int number) {
    const tinyml_edge *edge = &tinyml_application.outputs[number];
    tinyml_json_open("shape", '[');
    tinyml_json_number(NULL, edge->height);
    tinyml_json_number(NULL, edge->width);
    tinyml_json_number(NULL, edge->channels);
    tinyml_json_close(']');
    tinyml_json_hex("bytes", tinyml_runtime_output(number), edge->bytes);
}

/* The outputs as they are, for whoever knows what they mean. */
static void report_raw(void) {
    if (MODEL_OUTPUTS == 1) {
        report_output(0);
        return;
    }
    tinyml_json_open("outputs", '[');
    for (int number = 0; number < MODEL_OUTPUTS; number++) {
        tinyml_json_open(NULL, '{');
        tinyml_json_string("name", tinyml_application.outputs[number].name);
        report_output(number);
        tinyml_json_close('}');
    }
    tinyml_json_close(']');
}

#define LARGER_SIDE (MODEL_OUTPUT_HEIGHT > MODEL_OUTPUT_WIDTH ? MODEL_OUTPUT_HEIGHT : MODEL_OUTPUT_WIDTH)
#if MODEL_OUTPUT_HEIGHT * MODEL_OUTPUT_WIDTH * LARGER_SIDE <= TV_MOST_EXTENT
/* Where the objects are: their centres as fractions of the picture. */
static void report_objects(void) {
    enum { HEIGHT = MODEL_OUTPUT_HEIGHT, WIDTH = MODEL_OUTPUT_WIDTH, CELLS = HEIGHT * WIDTH };
    static uint8_t labels[CELLS];
    static uint16_t parents[CELLS];
    static tv_object objects[MOST_OBJECTS];
    int count = tv_centroids(tinyml_runtime_output(0), HEIGHT, WIDTH, tinyml_application.class_count,
                             tinyml_application.thresholds, labels, parents, objects, MOST_OBJECTS);
    tinyml_json_number("count", (uint32_t)count);
    tinyml_json_open("objects", '[');
    for (int i = 0; i < count && i < MOST_OBJECTS; i++) {
        tinyml_json_open(NULL, '{');
        tinyml_json_string("label", tinyml_application.labels[objects[i].label]);
        tinyml_json_fixed3("x", (int64_t)tinyml_divide((uint64_t)objects[i].x << 16, WIDTH, NULL), 24);
        tinyml_json_fixed3("y", (int64_t)tinyml_divide((uint64_t)objects[i].y << 16, HEIGHT, NULL), 24);
        tinyml_json_fixed3("score", objects[i].score, 8);
        tinyml_json_number("cells", (uint32_t)objects[i].cells);
        tinyml_json_close('}');
    }
    tinyml_json_close(']');
}
#else /* too large a map for tv_centroids: an export of one has the task TASK_RAW */
static void report_objects(void) { report_raw(); }
#endif

/* Takes a picture and tells what is in it. */
static bool detect(tinyml_device *state) {
    tinyml_frame picture;
    const char *problem = tinyml_camera_take(state, &picture);
    if (problem != NULL) {
        camera_error(problem);
        return false;
    }
    uint64_t begin = hal_ticks();
    bool seen = look_at(&picture);
    uint64_t ticks = hal_ticks() - begin;
    tinyml_camera_release();
    if (!seen) {
        tinyml_protocol_error("Inference failed");
        return false;
    }
    tinyml_json_begin_line("detect");
    if (tinyml_application.task == TASK_DETECT) {
        report_objects();
    } else if (tinyml_application.task == TASK_RAW) {
        report_raw();
    } else {
        report_classes();
    }
    tinyml_json_number("ticks", ticks);
    tinyml_json_end_line();
    return true;
}

void tinyml_command_detect(tinyml_device *state, char *arguments) {
    (void)arguments;
    detect(state);
}

void tinyml_vision_stream(tinyml_device *state) {
    if (!detect(state))
        state->streaming = false;
}

void tinyml_command_stream(tinyml_device *state, char *arguments) {
    const char *word = tinyml_protocol_word(&arguments);
    if (word == NULL || !(tinyml_protocol_same(word, "on") || tinyml_protocol_same(word, "off"))) {
        tinyml_protocol_error("Command 'stream' requires on or off");
    } else {
        state->streaming = tinyml_protocol_same(word, "on");
    }
}

void tinyml_command_capture(tinyml_device *state, char *arguments) {
    (void)arguments;
    tinyml_frame picture;
    const char *problem = tinyml_camera_take(state, &picture);
    if (problem != NULL) {
        camera_error(problem);
        return;
    }
    tinyml_json_begin_line("capture");
    tinyml_json_number("width", (uint32_t)picture.width);
    tinyml_json_number("height", (uint32_t)picture.height);
    tinyml_json_string("format", format_name[picture.format]);
    tinyml_json_end_line();
    uint32_t crc = 0;
    for (int y = 0; y < picture.height; y++) {
        const uint8_t *row = picture.pixels + (size_t)y * row_bytes(&picture);
        crc = tinyml_crc32(crc, row, row_bytes(&picture));
        tinyml_json_begin_line("row");
        tinyml_json_number("y", (uint32_t)y);
        tinyml_json_base64("pixels", row, row_bytes(&picture));
        tinyml_json_end_line();
        tinyml_board_alive();
    }
    tinyml_json_begin_line("captured");
    tinyml_json_crc("crc32", crc);
    tinyml_json_end_line();
    tinyml_camera_release();
}

/* The four corners of RGB565 and what they must become, with the high byte first. */
static const struct {
    uint8_t high, low, rgb[3];
} known_pixels[] = {{0xf8, 0x00, {255, 0, 0}},
                    {0x07, 0xe0, {0, 255, 0}},
                    {0x00, 0x1f, {0, 0, 255}},
                    {0xff, 0xff, {255, 255, 255}},
                    {0x84, 0x10, {132, 130, 132}}};

static bool is_colour(const uint8_t *rgb, const uint8_t *expected, int tolerance) {
    for (int c = 0; c < 3; c++) {
        int difference = rgb[c] - expected[c];
        if (difference > tolerance || difference < -tolerance)
            return false;
    }
    return true;
}

static const char *check_conversion(void) {
    for (size_t i = 0; i < sizeof known_pixels / sizeof known_pixels[0]; i++) {
        const uint8_t big[2] = {known_pixels[i].high, known_pixels[i].low};
        const uint8_t little[2] = {known_pixels[i].low, known_pixels[i].high};
        uint8_t rgb[3];
        tv_pixel(TV_RGB565_BIG, big, 0, rgb);
        if (!is_colour(rgb, known_pixels[i].rgb, 0))
            return "RGB565, high byte first, is converted wrongly";
        tv_pixel(TV_RGB565_LITTLE, little, 0, rgb);
        if (!is_colour(rgb, known_pixels[i].rgb, 0))
            return "RGB565, low byte first, is converted wrongly";
    }
    return NULL;
}

enum { BARS = 8, BAR_TOLERANCE = 100 }; /* the sensor's bars are no pure colours, but none is nearer to another */

/* Whether the frame, its pixels taken as `format` and red exchanged with blue where `swapped`, shows the bars. */
static bool shows_bars(const tinyml_frame *bars, tv_format format, bool swapped) {
    static const uint8_t colours[BARS][3] = {{255, 255, 255}, {255, 255, 0}, {0, 255, 255}, {0, 255, 0},
                                             {255, 0, 255},   {255, 0, 0},   {0, 0, 255},   {0, 0, 0}};
    const uint8_t *row = bars->pixels + (size_t)(bars->height / 2) * row_bytes(bars);
    for (int bar = 0; bar < BARS; bar++) {
        uint8_t rgb[3];
        tv_pixel(format, row, (2 * bar + 1) * bars->width / (2 * BARS), rgb);
        const uint8_t seen[3] = {rgb[swapped ? 2 : 0], rgb[1], rgb[swapped ? 0 : 2]};
        if (!is_colour(seen, colours[bar], BAR_TOLERANCE))
            return false;
    }
    return true;
}

static const char *judge_bars(const tinyml_frame *bars) {
    if (bars->format != FORMAT_RGB565_BIG && bars->format != FORMAT_RGB565_LITTLE)
        return NULL;
    tv_format told = vision_format[bars->format];
    tv_format other = told == TV_RGB565_BIG ? TV_RGB565_LITTLE : TV_RGB565_BIG;
    if (shows_bars(bars, told, false))
        return NULL;
    if (shows_bars(bars, other, false))
        return "the camera sends the two bytes of a pixel in the other order";
    if (shows_bars(bars, told, true))
        return "the camera sends blue in the place of red";
    if (shows_bars(bars, other, true))
        return "the camera sends bytes in the other order, and blue in the place of red";
    return "the camera's colour bars are not seen";
}

const char *tinyml_vision_check_colours(void) {
    const char *problem = check_conversion();
    if (problem != NULL)
        return problem;
    tinyml_frame bars;
    problem = tinyml_camera_take_bars(&bars);
    if (problem == NULL && bars.height > 0)
        problem = judge_bars(&bars);
    tinyml_camera_release();
    return problem;
}
