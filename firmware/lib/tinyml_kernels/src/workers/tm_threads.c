/* The caller and its helper.
 *
 * The caller never waits for a helper that sleeps, or whose core is busy with something else: it begins alone, and lets
 * the helper in between two steps once that one has come. From then on both wait for each other at the model's
 * barriers, until the caller parts. Each side only writes its own words: no lock and no exchange while the model runs.
 * A helper that found no invitation for a while parks, and the next one wakes it. */
#if defined(__unix__) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "tm_threads.h"

#include "tm_thread_os.h"

#if TM_HAVE_THREADS

static unsigned look(const unsigned *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

static void publish(unsigned *word, unsigned value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

static void invite(tm_workers *workers, void (*help)(void *model), void *model) {
    tm_threads *const threads = (tm_threads *)(void *)workers; /* its first member */
    threads->help = help;
    threads->model = model;
    __atomic_store_n(&threads->invitation, threads->invitation + 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&threads->parked, __ATOMIC_SEQ_CST)) {
        tm_thread_wake(&threads->thread);
    }
}

static void meet(tm_workers *workers, tm_share share) {
    tm_threads *const threads = (tm_threads *)(void *)workers;
    unsigned *const mine = share == TM_SECOND_HALF ? &threads->second_met : &threads->first_met;
    const unsigned *const other = share == TM_SECOND_HALF ? &threads->first_met : &threads->second_met;
    const unsigned number = *mine + 1;
    publish(mine, number);
    /* The other one is at the barrier before, at this one, or by now at the next. */
    for (int spins = 0; look(other) == number - 1; ++spins) {
        tm_thread_pause(spins);
    }
}

static int has_come(const tm_threads *threads) { return look(&threads->came) == threads->invitation; }

static void admit(tm_workers *workers, tm_share *share) {
    tm_threads *const threads = (tm_threads *)(void *)workers;
    if (has_come(threads)) {
        *share = TM_FIRST_HALF;
        publish(&threads->admitted, threads->invitation);
        meet(workers, TM_FIRST_HALF);
    }
}

static void part(tm_workers *workers) {
    tm_threads *const threads = (tm_threads *)(void *)workers;
    if (threads->admitted == threads->invitation) {
        meet(workers, TM_FIRST_HALF);
    }
    publish(&threads->invitation, threads->invitation + 1);
}

/* Return the open invitation, or 0 where there is none other than `last`. */
static unsigned invited(const void *helped, unsigned last) {
    const tm_threads *const threads = (const tm_threads *)helped;
    const unsigned invitation = __atomic_load_n(&threads->invitation, __ATOMIC_SEQ_CST);
    return invitation != last && invitation % 2 == 1 ? invitation : 0;
}

/* Wait for an open invitation other than `last` and return it. */
static unsigned next_invitation(tm_threads *threads, unsigned last) {
    unsigned invitation = 0;
    for (int spins = 0; spins < TM_THREAD_SPINS; ++spins) {
        invitation = invited(threads, last);
        if (invitation != 0) {
            return invitation;
        }
        tm_thread_pause(0);
    }
    /* Either this sees the invitation that a caller has just made, or that caller sees `parked` and wakes us. */
    __atomic_store_n(&threads->parked, 1u, __ATOMIC_SEQ_CST);
    while ((invitation = invited(threads, last)) == 0) {
        tm_thread_park(&threads->thread, invited, last);
    }
    __atomic_store_n(&threads->parked, 0u, __ATOMIC_SEQ_CST);
    return invitation;
}

/* Come to the invitation; return whether the caller lets us in before it parts. */
static int come(tm_threads *threads, unsigned invitation) {
    publish(&threads->came, invitation);
    for (int spins = 0; look(&threads->invitation) == invitation; ++spins) {
        if (look(&threads->admitted) == invitation) {
            return 1;
        }
        tm_thread_pause(spins);
    }
    return 0;
}

/* The helper's loop; returns when it is told to stop. */
static void help_until_stopped(void *helped) {
    tm_threads *const threads = (tm_threads *)helped;
    unsigned invitation = 0;
    for (;;) {
        invitation = next_invitation(threads, invitation);
        if (!come(threads, invitation)) {
            continue;
        }
        if (threads->help == NULL) {
            return;
        }
        threads->help(threads->model);
        meet(&threads->workers, TM_SECOND_HALF);
    }
}

int tm_threads_start(tm_threads *threads) {
    threads->workers.invite = invite;
    threads->workers.admit = admit;
    threads->workers.meet = meet;
    threads->workers.part = part;
    threads->invitation = threads->admitted = threads->first_met = 0;
    threads->came = threads->second_met = threads->parked = 0;
    return tm_thread_start(&threads->thread, help_until_stopped, threads);
}

void tm_threads_stop(tm_threads *threads) {
    invite(&threads->workers, NULL, NULL);
    for (int spins = 0; !has_come(threads); ++spins) {
        tm_thread_pause(spins);
    }
    publish(&threads->admitted, threads->invitation);
    tm_thread_end(&threads->thread);
}

#else

int tm_threads_start(tm_threads *threads) {
    (void)threads;
    return 0;
}

void tm_threads_stop(tm_threads *threads) { (void)threads; }

#endif
