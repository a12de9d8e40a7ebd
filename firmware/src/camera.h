/* A camera: the ESP32's sensor, a folder of pictures on the host, the loaded input on an emulated board. */
#ifndef TINYML_CAMERA_H
#define TINYML_CAMERA_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { FORMAT_RGB888, FORMAT_GRAY8, FORMAT_RGB565_BIG, FORMAT_RGB565_LITTLE } frame_format;

typedef struct {
    const uint8_t *pixels; /* [height][width], without gaps */
    int width, height;
    frame_format format;
} tinyml_frame;

/* Takes a picture that stays valid until tinyml_camera_release; NULL, or what is wrong and what to do, in words. */
const char *tinyml_camera_take(const tinyml_device *state, tinyml_frame *taken);

/* The same for the sensor's test picture: eight upright bars of equal width, white, yellow, cyan, green, magenta, red,
   blue and black from left to right. Gives a frame of no height where the camera has none. */
const char *tinyml_camera_take_bars(tinyml_frame *taken);

/* Gives the frame back; harmless where none was taken. */
void tinyml_camera_release(void);

#ifdef __cplusplus
}
#endif

#endif
