/* The host: the serial line is standard input and output or, where TINYML_UART_PORT is set, TCP on that port of the
   loopback interface. Like a board's, the line outlives its clients: the first is waited for at start-up, as the
   emulators do, and when one leaves, what is written is lost until the next one comes. */
#define _POSIX_C_SOURCE 200809L
#include "hal.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const uint32_t hal_tick_hz = 1000000000u;
const char hal_board[] = "host";

static int line_in = STDIN_FILENO, line_out = STDOUT_FILENO;
static int listener = -1; /* with TCP only */

static void accept_client(void) {
    int at_once = 1; /* a short answer must not wait for the acknowledgement of the one before it */
    line_in = line_out = accept(listener, NULL, NULL);
    setsockopt(line_in, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
}

static void listen_on(int port) {
    struct sockaddr_in address;
    int reuse = 1;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0) {
        perror("TINYML_UART_PORT");
        exit(1);
    }
    signal(SIGPIPE, SIG_IGN);
    accept_client();
}

void hal_init(void) {
    const char *port = getenv("TINYML_UART_PORT");
    if (port != NULL && listener < 0)
        listen_on(atoi(port));
}

void hal_write(const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(line_out, next, count);
        if (written < 0 && listener < 0)
            exit(1);
        if (written < 0)
            return; /* the client has left */
        next += written;
        count -= (size_t)written;
    }
}

void hal_putc(int byte) {
    char c = (char)byte;
    hal_write(&c, 1);
}

int hal_getc_wait(void) {
    unsigned char byte;
    while (read(line_in, &byte, 1) != 1) {
        if (listener < 0)
            return HAL_NONE;
        close(line_in);
        accept_client();
    }
    return byte;
}

int hal_getc(void) {
    struct pollfd waiting = {line_in, POLLIN, 0};
    return poll(&waiting, 1, 0) == 1 ? hal_getc_wait() : HAL_NONE;
}

uint64_t hal_ticks(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

_Noreturn void hal_exit(int status) { exit(status); }

/* The boards' start-up code calls hal_init before main; here a constructor does. */
__attribute__((constructor)) static void start(void) { hal_init(); }
