/* A row for two: the helper is offered the second half of the columns while the caller computes the first.
 *
 * Whoever comes first claims that half: a helper that sleeps, or whose core is busy with something else, is never
 * waited for. An offer is one store of `ticket`, the answer one exchange of `claimed` and one store of `done`: no lock
 * while the model runs. A helper that found no work for a while parks, and the next offer wakes it. */
#if defined(__unix__) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "tm_threads.h"

#include "tm_thread.h"

#if TM_HAVE_THREADS

enum {
    SPINS = 20000, /* before the helper parks: longer than a model spends between two rows */
    STEP = 4       /* columns that the kernels compute together */
};

/* Take the half of `ticket`; return 0 where the other one has it. */
static int claim(tm_threads *threads, unsigned ticket) {
    unsigned before = ticket - 1;
    return __atomic_load_n(&threads->claimed, __ATOMIC_RELAXED) == before &&
           __atomic_compare_exchange_n(&threads->claimed, &before, ticket, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void run_row(tm_workers *workers, tm_row_kernel *kernel, const void *layer, const int8_t *const *rows,
                    int8_t *out, int x_begin, int x_end, void *scratch, size_t scratch_bytes) {
    tm_threads *const threads = (tm_threads *)(void *)workers; /* its first member */
    const int columns = x_end - x_begin;
    int half = columns / 2;
    if (columns >= 4 * STEP) {
        half = half / STEP * STEP;
    }
    if (half == 0) {
        kernel(layer, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int middle = x_end - half;
    const unsigned ticket = threads->ticket + 1;
    threads->kernel = kernel;
    threads->layer = layer;
    threads->rows = rows;
    threads->out = out;
    threads->scratch = scratch == NULL ? NULL : (char *)scratch + scratch_bytes;
    threads->x_begin = middle;
    threads->x_end = x_end;
    __atomic_store_n(&threads->ticket, ticket, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&threads->parked, __ATOMIC_SEQ_CST)) {
        tm_thread_wake(&threads->thread);
    }
    kernel(layer, rows, out, x_begin, middle, scratch);
    if (claim(threads, ticket)) {
        kernel(layer, rows, out, middle, x_end, scratch);
        return;
    }
    for (int spins = 0; __atomic_load_n(&threads->done, __ATOMIC_ACQUIRE) != ticket; ++spins) {
        tm_thread_pause(spins);
    }
}

/* Wait for a ticket other than `last` and return it. */
static unsigned next_ticket(tm_threads *threads, unsigned last) {
    for (int spins = 0; spins < SPINS; ++spins) {
        const unsigned ticket = __atomic_load_n(&threads->ticket, __ATOMIC_ACQUIRE);
        if (ticket != last) {
            return ticket;
        }
        tm_thread_pause(0);
    }
    /* Either this sees the ticket that a caller has just raised, or that caller sees `parked` and wakes us. */
    __atomic_store_n(&threads->parked, 1u, __ATOMIC_SEQ_CST);
    unsigned ticket = __atomic_load_n(&threads->ticket, __ATOMIC_SEQ_CST);
    while (ticket == last) {
        tm_thread_park(threads, last);
        ticket = __atomic_load_n(&threads->ticket, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&threads->parked, 0u, __ATOMIC_SEQ_CST);
    return ticket;
}

void tm_threads_help(tm_threads *threads) {
    unsigned ticket = 0;
    for (;;) {
        ticket = next_ticket(threads, ticket);
        if (!claim(threads, ticket)) {
            continue;
        }
        tm_row_kernel *const kernel = threads->kernel; /* NULL: stop */
        if (kernel != NULL) {
            kernel(threads->layer, threads->rows, threads->out, threads->x_begin, threads->x_end, threads->scratch);
        }
        __atomic_store_n(&threads->done, ticket, __ATOMIC_RELEASE);
        if (kernel == NULL) {
            return;
        }
    }
}

int tm_threads_start(tm_threads *threads) {
    threads->workers.run = run_row;
    threads->ticket = 0;
    threads->claimed = 0;
    threads->done = 0;
    threads->parked = 0;
    return tm_thread_start(threads);
}

void tm_threads_stop(tm_threads *threads) {
    const unsigned ticket = threads->ticket + 1;
    threads->kernel = NULL;
    __atomic_store_n(&threads->ticket, ticket, __ATOMIC_SEQ_CST);
    tm_thread_wake(&threads->thread);
    for (int spins = 0; __atomic_load_n(&threads->done, __ATOMIC_ACQUIRE) != ticket; ++spins) {
        tm_thread_pause(spins);
    }
    tm_thread_end(&threads->thread);
}

#else

int tm_threads_start(tm_threads *threads) {
    threads->workers.run = NULL;
    return 0;
}

void tm_threads_stop(tm_threads *threads) {
    (void)threads;
}

#endif
