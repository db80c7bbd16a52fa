/* Defined in the program, these come before the C library's own for every library of the process.
 * SPDX-License-Identifier: MIT */
#include "failing_malloc.h"

#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own names for what we stand before. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static atomic_bool counting;
static atomic_bool goes_on;
static atomic_uint_fast64_t n_calls;
static atomic_uint_fast64_t fail_at;
static atomic_int_fast64_t n_live;
static failed_allocation *place;

static bool must_fail(void)
{
    if (!atomic_load_explicit(&counting, memory_order_relaxed)) return false;
    const uint64_t number = atomic_fetch_add(&n_calls, 1) + 1;
    const uint64_t wanted = atomic_load(&fail_at);
    if (wanted == 0 || number < wanted || (number > wanted && !atomic_load(&goes_on))) return false;
    if (number == wanted && place) place->n_frames = backtrace(place->frames, FAILING_MALLOC_DEPTH);
    errno = ENOMEM;
    return true;
}

void failing_malloc_start(uint64_t k, int lasting, failed_allocation *out)
{
    void *unused[1];
    backtrace(unused, 1); /* the first call loads a library, which allocates */
    place = out;
    atomic_store(&n_calls, 0);
    atomic_store(&fail_at, k);
    atomic_store(&goes_on, lasting != 0);
    atomic_store(&counting, true);
}

uint64_t failing_malloc_stop(void)
{
    atomic_store(&counting, false);
    return atomic_load(&n_calls);
}

int64_t failing_malloc_count_live(void)
{
    return atomic_load(&n_live);
}

static void *note(void *block)
{
    if (block) atomic_fetch_add_explicit(&n_live, 1, memory_order_relaxed);
    return block;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : note(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : note(__libc_calloc(count, size));
}

void free(void *block)
{
    if (block) atomic_fetch_sub_explicit(&n_live, 1, memory_order_relaxed);
    __libc_free(block);
}

void *realloc(void *block, size_t size)
{
    if (!block) return malloc(size);
    if (size > 0) return must_fail() ? NULL : __libc_realloc(block, size);
    free(block);
    return NULL;
}

void *memalign(size_t alignment, size_t size)
{
    return must_fail() ? NULL : note(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = memalign(alignment, size);
    if (!block) return ENOMEM;
    *out = block;
    return 0;
}
