#include "serve.h"

int main(void) {
    serve();
    return 0;
}
