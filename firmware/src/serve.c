/* The application of every board: wait for commands on the serial line; while streaming, look at pictures in between. */
#include "serve.h"

#include "board.h"
#include "hal.h"
#include "protocol.h"
#include "runtime.h"
#include "vision.h"

static tinyml_device state; /* the only one */

void serve(void) {
    board_start();
    state.input = board_input();
    runtime_begin();
    protocol_greet();
    for (;;) {
        int byte = state.streaming ? hal_getc() : hal_getc_wait();
        if (byte != HAL_NONE) {
            protocol_take(&state, byte);
        } else if (state.streaming) {
            vision_stream(&state);
            board_alive();
        } else {
            return;
        }
    }
}
