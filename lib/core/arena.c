/* SPDX-License-Identifier: MIT */
#include "core/arena.h"

#include "core/mem.h"

#include <stdint.h>

resnet_status rn_arena_make(rn_arena *arena, rn_arena_carve carve, void *context)
{
    rn_arena_clear(arena);
    carve(context, arena);
    char *base = rn_alloc(arena->used, 1);
    if (!base) {
        *arena = (rn_arena){.base = NULL};
        return RESNET_E_NOMEM;
    }
    *arena = (rn_arena){.base = base, .size = arena->used};
    carve(context, arena);
    return RESNET_OK;
}

/* SIZE_MAX when it is more than can be: no such block will be had. */
static size_t measure(size_t used, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, RN_ALIGNMENT - 1, &bytes) ||
        __builtin_add_overflow(used, bytes / RN_ALIGNMENT * RN_ALIGNMENT, &bytes))
        return SIZE_MAX;
    return bytes;
}

void *rn_arena_take(rn_arena *arena, size_t count, size_t size)
{
    char *taken = arena->base ? arena->base + arena->used : NULL;
    arena->used = measure(arena->used, count, size);
    return taken;
}

void rn_arena_clear(rn_arena *arena)
{
    rn_free(arena->base);
    *arena = (rn_arena){.base = NULL};
}
