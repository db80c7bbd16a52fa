/** A loop whose turns several threads take. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PARALLEL_H
#define EXAMPLES_PARALLEL_H

#include <stddef.h>

/** Calls turn(user_data, i) once for each i below n, from up to n_threads threads, and returns when
 *  all are done. */
void run_parallel(void (*turn)(void *user_data, size_t i), void *user_data, size_t n,
                  size_t n_threads);

#endif
