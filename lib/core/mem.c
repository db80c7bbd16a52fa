/* Each block carries its size before it, so that realloc can copy and keep the alignment.
 * SPDX-License-Identifier: MIT */
#include "core/mem.h"

#include <resnet/memory.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_FROM (2 * HUGE_PAGE)

static atomic_uint_fast64_t n_allocations;
static atomic_uint_fast64_t n_blocks;
static atomic_uint_fast64_t fail_at; /* number of the allocation that fails; 0: none */

void rn_mem_fail_at(uint64_t k)
{
    atomic_store(&fail_at, k ? atomic_load(&n_allocations) + k : 0);
}

uint64_t rn_mem_count(void)
{
    return atomic_load(&n_allocations);
}

uint64_t resnet_memory_get_n_blocks(void)
{
    return atomic_load(&n_blocks);
}

static bool must_fail(void)
{
    const uint64_t number = atomic_fetch_add(&n_allocations, 1) + 1;
    return number == atomic_load(&fail_at);
}

static void *out_of_memory(size_t count, size_t size)
{
    rn_fail(RESNET_E_NOMEM, "out of memory: %zu x %zu bytes", count, size);
    return NULL;
}

/* Fewer and larger pages for activations and weights; a wish that the system may not grant. */
static void ask_for_huge_pages(char *block, size_t size)
{
    char *first = (char *)(((uintptr_t)block + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    char *last = (char *)((uintptr_t)(block + size) / HUGE_PAGE * HUGE_PAGE);
    if (first < last) (void)madvise(first, (size_t)(last - first), MADV_HUGEPAGE);
}

void *rn_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 2 * RN_ALIGNMENT)
        return out_of_memory(count, size);
    if (must_fail()) return out_of_memory(count, size);
    const size_t padded = (bytes + 2 * RN_ALIGNMENT - 1) / RN_ALIGNMENT * RN_ALIGNMENT;
    char *block = aligned_alloc(RN_ALIGNMENT, padded);
    if (!block) return out_of_memory(count, size);
    if (padded >= HUGE_FROM) ask_for_huge_pages(block, padded);
    memcpy(block, &bytes, sizeof bytes);
    atomic_fetch_add(&n_blocks, 1);
    return block + RN_ALIGNMENT;
}

void *rn_calloc(size_t count, size_t size)
{
    void *block = rn_alloc(count, size);
    if (block) memset(block, 0, count * size);
    return block;
}

void *rn_realloc(void *block, size_t count, size_t size)
{
    void *grown = rn_alloc(count, size);
    if (!grown || !block) return grown;
    size_t old_bytes;
    memcpy(&old_bytes, (char *)block - RN_ALIGNMENT, sizeof old_bytes);
    const size_t new_bytes = count * size;
    memcpy(grown, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    rn_free(block);
    return grown;
}

void rn_free(void *block)
{
    if (!block) return;
    free((char *)block - RN_ALIGNMENT);
    atomic_fetch_sub(&n_blocks, 1);
}

/* By malloc() the answer would be the block that the last question left in the heap. */
bool rn_mem_has_room(size_t bytes)
{
    if (must_fail()) return false;
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block != MAP_FAILED && munmap(block, bytes) == 0;
}

char *rn_strndup(const char *text, size_t length)
{
    char *copy = rn_alloc(length + 1, 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *rn_strdup(const char *text)
{
    return rn_strndup(text, strlen(text));
}

char *rn_format(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : rn_alloc((size_t)length + 1, 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
