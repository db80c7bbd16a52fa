/** Time that only runs forward, and waiting by it. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_CLOCK_H
#define RN_CORE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#define RN_CLOCK_NEVER UINT64_MAX

/** Nanoseconds since some moment in the past. */
uint64_t rn_clock_now(void);
/** So many microseconds after `time`; NEVER where no clock gets to. */
uint64_t rn_clock_add_us(uint64_t time, uint64_t microseconds);

/** For rn_clock_wait(). */
void rn_clock_init_cond(pthread_cond_t *cond);
/** pthread_cond_wait() that ends at `until` at the latest, a time of this clock or NEVER. */
void rn_clock_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t until);

#endif
