/** One piece of memory for all arrays of one lifetime. A function carves it: it takes array after
 *  array and is run twice, first to learn how much they need together, so that what there is stands
 *  in one place and is freed in one. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_ARENA_H
#define RN_CORE_ARENA_H

#include "core/error.h"

#include <stddef.h>

typedef struct rn_arena {
    char *base;  /* NULL: nothing, or still to be measured */
    size_t size; /* bytes */
    size_t used;
} rn_arena;

typedef void (*rn_arena_carve)(void *context, rn_arena *arena);

/** Gives back what there is and carves anew, what is in it being undefined. NOMEM: there is nothing,
 *  and every array is NULL. */
resnet_status rn_arena_make(rn_arena *arena, rn_arena_carve carve, void *context);
/** To be called by a carver: count x size bytes, aligned as rn_alloc(). NULL while measuring. */
void *rn_arena_take(rn_arena *arena, size_t count, size_t size);
void rn_arena_clear(rn_arena *arena);

#endif
