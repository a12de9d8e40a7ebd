/* An emulated board sees what was loaded with `db`, or its first golden input. */
#include "camera.h"

const char *tinyml_camera_take(const tinyml_device *state, tinyml_frame *taken) {
    bool loaded = state->load_bytes == MODEL_INPUT_BYTES && state->loaded_bytes == MODEL_INPUT_BYTES;
    if (!loaded && tinyml_application.golden_count == 0)
        return "nothing to see; load a picture with 'db' first";
    *taken = (tinyml_frame){
        .pixels = loaded ? state->input : tinyml_application.goldens[0].input,
        .width = MODEL_INPUT_WIDTH,
        .height = MODEL_INPUT_HEIGHT,
        .format = MODEL_INPUT_CHANNELS == 1 ? FORMAT_GRAY8 : FORMAT_RGB888,
    };
    return NULL;
}

const char *tinyml_camera_take_bars(tinyml_frame *taken) {
    *taken = (tinyml_frame){.height = 0};
    return NULL;
}

void tinyml_camera_release(void) {}
