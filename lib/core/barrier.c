/* SPDX-License-Identifier: MIT */
#include "core/barrier.h"

#include <sched.h>

#define SPINS 4000 /* some 50 microseconds, longer than most waits between layers */

void rn_barrier_init(rn_barrier *barrier, size_t n_threads)
{
    barrier->n_threads = n_threads;
    atomic_init(&barrier->n_waiting, 0);
    atomic_init(&barrier->round, 0);
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void rn_barrier_wait(rn_barrier *barrier)
{
    if (barrier->n_threads == 1) return;
    const size_t round = atomic_load(&barrier->round);
    if (atomic_fetch_add(&barrier->n_waiting, 1) + 1 == barrier->n_threads) {
        atomic_store(&barrier->n_waiting, 0);
        atomic_store(&barrier->round, round + 1);
        return;
    }
    for (size_t spin = 0; atomic_load(&barrier->round) == round; spin++) {
        if (spin < SPINS)
            relax();
        else
            sched_yield();
    }
}
