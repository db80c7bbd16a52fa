/* SPDX-License-Identifier: MIT */
#include "core/clock.h"

#include <time.h>

#define NS_PER_US 1000u
#define NS_PER_S 1000000000u

uint64_t rn_clock_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

uint64_t rn_clock_add_us(uint64_t time, uint64_t microseconds)
{
    uint64_t sum;
    if (__builtin_mul_overflow(microseconds, NS_PER_US, &sum) ||
        __builtin_add_overflow(sum, time, &sum))
        return RN_CLOCK_NEVER;
    return sum;
}

void rn_clock_init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void rn_clock_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t until)
{
    const struct timespec at = {.tv_sec = (time_t)(until / NS_PER_S),
                                .tv_nsec = (long)(until % NS_PER_S)};
    if (until == RN_CLOCK_NEVER)
        pthread_cond_wait(cond, mutex);
    else
        pthread_cond_timedwait(cond, mutex, &at);
}
