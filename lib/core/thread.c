/* SPDX-License-Identifier: MIT */
#include "core/thread.h"

#include <signal.h>

bool rn_thread_start(pthread_t *out, void *(*main)(void *), void *context)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new one */
    const bool started = pthread_create(out, NULL, main, context) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}
