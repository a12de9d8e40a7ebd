/* The Arduino framework's two functions: everything happens in serve, which never returns. */
#include <Arduino.h>

#include "hal.h"
#include "serve.h"

void setup() {
    hal_init();
    tinyml_serve();
}

void loop() {}
