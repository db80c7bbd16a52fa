/** How the library starts threads of its own. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_THREAD_H
#define RN_CORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/** Runs main(context) on a thread that blocks all signals; `main` calls
 *  rn_arithmetic_start_thread() before anything else. Whether it could be started. */
bool rn_thread_start(pthread_t *out, void *(*main)(void *), void *context);

#endif
