#include "serve.h"

int main(void) {
    tinyml_serve();
    return 0;
}
