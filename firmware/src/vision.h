/* From a camera's frame to what is in it: rows are resized as they are read and pushed into the model at once. */
#ifndef TINYML_VISION_H
#define TINYML_VISION_H

#include <stdbool.h>

#include "protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One picture of `stream on`. */
void tinyml_vision_stream(tinyml_device *state);

/* Decodes known RGB565 pixels in both byte orders, and the camera's colour bars where it has them; NULL where all is
   right, else what differs, in words. */
const char *tinyml_vision_check_colours(void);

#ifdef __cplusplus
}
#endif

#endif
