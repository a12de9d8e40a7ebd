/* The application of every board: wait for commands on the serial line; while streaming, look at pictures in between. */
#include "serve.h"

#include "board.h"
#include "hal.h"
#include "protocol.h"
#include "runtime.h"
#include "vision.h"

static tinyml_device state; /* the only one */

void tinyml_serve(void) {
    tinyml_board_start();
    state.input = tinyml_board_input();
    tinyml_runtime_begin();
    tinyml_protocol_greet();
    for (;;) {
        int byte = state.streaming ? hal_getc() : hal_getc_wait();
        if (byte != HAL_NONE) {
            tinyml_protocol_take(&state, byte);
        } else if (state.streaming) {
            tinyml_vision_stream(&state);
            tinyml_board_alive();
        } else {
            return;
        }
    }
}
