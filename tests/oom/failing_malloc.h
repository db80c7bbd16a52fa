/** The whole process's heap, in which one allocation can be made to fail: those of the libraries
 *  below ours as well. For glibc, and not together with a sanitizer, which has a heap of its own.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_FAILING_MALLOC_H
#define RN_TESTS_FAILING_MALLOC_H

#include <stdint.h>

#define FAILING_MALLOC_DEPTH 40

/** Who asked for the allocation that failed; return addresses, the innermost first. */
typedef struct failed_allocation {
    void *frames[FAILING_MALLOC_DEPTH];
    int n_frames; /* 0: none has failed */
} failed_allocation;

/** From now on counts allocations; the k-th (1: the next) fails, or it and all that follow if
 *  `lasting`. k 0: none fails. Where it happens is noted in *out, which may be NULL. */
void failing_malloc_start(uint64_t k, int lasting, failed_allocation *out);
/** Nothing fails any more. Returns how many allocations there were since the start. */
uint64_t failing_malloc_stop(void);
/** Blocks that were given out and not given back. */
int64_t failing_malloc_count_live(void);

#endif
