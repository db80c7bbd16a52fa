/** A barrier for a few threads that meet every fraction of a millisecond: it spins for a moment,
 * then lets other threads have the core. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_BARRIER_H
#define RN_CORE_BARRIER_H

#include <stdatomic.h>
#include <stddef.h>

typedef struct rn_barrier {
    size_t n_threads;
    _Alignas(64) atomic_size_t n_waiting;
    _Alignas(64) atomic_size_t round;
} rn_barrier;

void rn_barrier_init(rn_barrier *barrier, size_t n_threads);
/** Returns when n_threads threads have called it. */
void rn_barrier_wait(rn_barrier *barrier);

#endif
