/** The one door to the heap: aligned, overflow-checked, countable, and failable on purpose.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_MEM_H
#define RN_CORE_MEM_H

#include "core/error.h"

#include <stdbool.h>

#define RN_ALIGNMENT 64

/** count x size bytes, 64-byte aligned, uninitialised. Never fails for 0 bytes. NULL sets the
 *  thread's message; callers return RESNET_E_NOMEM. */
void *rn_alloc(size_t count, size_t size);
/** The same, zeroed. */
void *rn_calloc(size_t count, size_t size);
/** Grows or shrinks a block of rn_alloc() to count x size bytes; on failure it stays as it was. */
void *rn_realloc(void *block, size_t count, size_t size);
void rn_free(void *block);
char *rn_strdup(const char *text);
/** The first `length` bytes of text and a terminator. */
char *rn_strndup(const char *text, size_t length);
/** printf into a fresh block. */
char *rn_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Room for that many floats in an arena, rounded up so that neighbours share no cache line. */
static inline size_t rn_align_floats(size_t count)
{
    const size_t line = RN_ALIGNMENT / sizeof(float);
    return (count + line - 1) / line * line;
}

static inline size_t rn_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/** Whether the system would map so many more bytes now: a question before work of which the
 * libraries below make more than they check. Takes and gives back address space, not the heap.
 * Counts as an allocation. */
bool rn_mem_has_room(size_t bytes);

/** For tests: the k-th allocation from now on (1 is the next) fails, and none after it; 0 disarms.
 *  Process-wide. */
void rn_mem_fail_at(uint64_t k);
/** For tests: allocations made so far in this process. */
uint64_t rn_mem_count(void);

#endif
