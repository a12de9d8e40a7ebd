/* On the host the camera is a folder, TINYML_CAMERA, of pictures in the formats that need no library: binary PPM and PGM
   (P6, P5, 8 bits). They come in the order of their names, over and over. A PPM is handed on as the ESP32's sensor would
   hand it on, as RGB565 with the high byte first, so that the host runs the same conversions. */
#define _POSIX_C_SOURCE 200809L
#include "camera.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIXELS = 1600 * 1200, BARS_WIDTH = 320, BARS_HEIGHT = 8 };

static uint8_t pixels[2 * MOST_PIXELS];
static char last_name[256];

/* The name that follows `last_name` in the folder, or the first: into `next`; false where there is no picture. */
static bool next_name(const char *folder, char *next, size_t size) {
    char first[256] = "", following[256] = "";
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || (strcmp(dot, ".ppm") != 0 && strcmp(dot, ".pgm") != 0))
            continue;
        if (first[0] == 0 || strcmp(entry->d_name, first) < 0)
            snprintf(first, sizeof first, "%s", entry->d_name);
        if (strcmp(entry->d_name, last_name) > 0 && (following[0] == 0 || strcmp(entry->d_name, following) < 0))
            snprintf(following, sizeof following, "%s", entry->d_name);
    }
    closedir(directory);
    snprintf(next, size, "%s", following[0] != 0 ? following : first);
    return next[0] != 0;
}

static void store_rgb565(size_t pixel, int red, int green, int blue) {
    int packed = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3;
    pixels[2 * pixel] = (uint8_t)(packed >> 8);
    pixels[2 * pixel + 1] = (uint8_t)packed;
}

static const char *read_picture(FILE *file, tinyml_frame *taken) {
    char kind;
    int width, height, most;
    if (fscanf(file, "P%c %d %d %d", &kind, &width, &height, &most) != 4 || (kind != '5' && kind != '6') ||
        most != 255 || fgetc(file) == EOF)
        return "not a binary PPM or PGM with 8 bits a channel and no comments";
    if (width <= 0 || height <= 0 || width > MOST_PIXELS / height)
        return "larger than 1600x1200";
    size_t count = (size_t)width * (size_t)height;
    for (size_t pixel = 0; pixel < count; pixel++) {
        int value[3] = {0};
        for (int channel = 0; channel < (kind == '6' ? 3 : 1); channel++)
            value[channel] = fgetc(file);
        if (value[0] == EOF || value[1] == EOF || value[2] == EOF)
            return "the file ends before the picture does";
        if (kind == '6') {
            store_rgb565(pixel, value[0], value[1], value[2]);
        } else {
            pixels[pixel] = (uint8_t)value[0];
        }
    }
    *taken = (tinyml_frame){pixels, width, height, kind == '6' ? FORMAT_RGB565_BIG : FORMAT_GRAY8};
    return NULL;
}

const char *tinyml_camera_take(const tinyml_device *state, tinyml_frame *taken) {
    (void)state;
    static char problem[600];
    const char *folder = getenv("TINYML_CAMERA");
    char name[256], path[512];
    if (folder == NULL)
        return "no camera: set TINYML_CAMERA to a folder of .ppm or .pgm pictures";
    if (!next_name(folder, name, sizeof name)) {
        snprintf(problem, sizeof problem, "no .ppm or .pgm picture in %.400s", folder);
        return problem;
    }
    memcpy(last_name, name, sizeof last_name);
    snprintf(path, sizeof path, "%.250s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    const char *wrong = file == NULL ? "cannot be opened" : read_picture(file, taken);
    if (file != NULL)
        fclose(file);
    if (wrong == NULL)
        return NULL;
    snprintf(problem, sizeof problem, "%s: %s", name, wrong);
    return problem;
}

const char *tinyml_camera_take_bars(tinyml_frame *taken) {
    static const uint8_t bars[8][3] = {{255, 255, 255}, {255, 255, 0}, {0, 255, 255}, {0, 255, 0},
                                       {255, 0, 255},   {255, 0, 0},   {0, 0, 255},   {0, 0, 0}};
    for (size_t pixel = 0; pixel < BARS_WIDTH * BARS_HEIGHT; pixel++) {
        const uint8_t *colour = bars[pixel % BARS_WIDTH * 8 / BARS_WIDTH];
        store_rgb565(pixel, colour[0], colour[1], colour[2]);
    }
    *taken = (tinyml_frame){pixels, BARS_WIDTH, BARS_HEIGHT, FORMAT_RGB565_BIG};
    return NULL;
}

void tinyml_camera_release(void) {}
