/* SPDX-License-Identifier: MIT */
#include "store/pickle_machine.h"

#include "core/mem.h"

#include <string.h>

#define CHUNK_SIZE 65536

typedef struct rn_pickle_chunk rn_pickle_chunk;
struct rn_pickle_chunk {
    rn_pickle_chunk *next;
    size_t used;
    size_t size;
    _Alignas(16) unsigned char bytes[];
};

static const char WHAT[] = "pickle";

static rn_pickle_chunk *add_chunk(rn_pickle *machine, size_t size)
{
    rn_pickle_chunk *chunk = rn_alloc(sizeof *chunk + size, 1);
    if (!chunk) return NULL;
    *chunk = (rn_pickle_chunk){.next = machine->chunks, .size = size};
    machine->chunks = chunk;
    return chunk;
}

resnet_status rn_pickle_room(rn_pickle *machine, void **out, size_t count, size_t size)
{
    const size_t bytes = (count * size + 15) / 16 * 16; /* both are bounded by the caps */
    rn_pickle_chunk *chunk = machine->chunks;
    const resnet_status status = rn_budget_spend(machine->budget, bytes, WHAT);
    if (status != RESNET_OK) return status;
    if (!chunk || chunk->size - chunk->used < bytes)
        chunk = add_chunk(machine, bytes > CHUNK_SIZE ? bytes : CHUNK_SIZE);
    if (!chunk) return RESNET_E_NOMEM;
    *out = memset(chunk->bytes + chunk->used, 0, bytes);
    chunk->used += bytes;
    return RESNET_OK;
}

void rn_pickle_free_room(rn_pickle *machine)
{
    while (machine->chunks) {
        rn_pickle_chunk *next = machine->chunks->next;
        rn_free(machine->chunks);
        machine->chunks = next;
    }
    rn_free(machine->stack);
    rn_free(machine->memo);
}

resnet_status rn_pickle_new(rn_pickle *machine, rn_pickle_value **out, enum rn_pickle_kind kind)
{
    if (++machine->n_values > RN_PICKLE_MAX_VALUES)
        return rn_fail(RESNET_E_UNSUPPORTED, "pickle: more than %d objects", RN_PICKLE_MAX_VALUES);
    void *room = NULL;
    const resnet_status status = rn_pickle_room(machine, &room, 1, sizeof **out);
    if (status != RESNET_OK) return status;
    *out = room;
    (*out)->kind = kind;
    return RESNET_OK;
}

/* Room for `needed` pointers in a growing array on the heap. */
static resnet_status grow(rn_pickle *machine, rn_pickle_value ***array, size_t *capacity,
                          size_t needed)
{
    if (needed <= *capacity) return RESNET_OK;
    size_t larger = *capacity ? *capacity : 256;
    while (larger < needed) larger *= 2;
    const resnet_status status =
        rn_budget_spend_array(machine->budget, larger, sizeof **array, WHAT);
    if (status != RESNET_OK) return status;
    rn_pickle_value **grown = rn_realloc(*array, larger, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    memset(grown + *capacity, 0, (larger - *capacity) * sizeof *grown);
    *array = grown;
    *capacity = larger;
    return RESNET_OK;
}

resnet_status rn_pickle_push(rn_pickle *machine, rn_pickle_value *value)
{
    const resnet_status status =
        grow(machine, &machine->stack, &machine->stack_capacity, machine->n_stack + 1);
    if (status == RESNET_OK) machine->stack[machine->n_stack++] = value;
    return status;
}

resnet_status rn_pickle_pop(rn_pickle *machine, rn_pickle_value **out)
{
    if (machine->n_stack == 0 || machine->stack[machine->n_stack - 1]->kind == RN_PICKLE_MARK)
        return rn_fail(RESNET_E_FORMAT, "pickle: takes from an empty stack");
    *out = machine->stack[--machine->n_stack];
    return RESNET_OK;
}

resnet_status rn_pickle_above_mark(const rn_pickle *machine, size_t *out)
{
    for (size_t i = machine->n_stack; i-- > 0;)
        if (machine->stack[i]->kind == RN_PICKLE_MARK) {
            *out = machine->n_stack - 1 - i;
            return RESNET_OK;
        }
    return rn_fail(RESNET_E_FORMAT, "pickle: no mark on the stack");
}

void rn_pickle_drop_mark(rn_pickle *machine, size_t count)
{
    machine->n_stack -= count + 1;
}

resnet_status rn_pickle_append(rn_pickle *machine, rn_pickle_value *container,
                               rn_pickle_value *const *items, size_t count)
{
    const size_t needed = container->count + count;
    if (needed > container->capacity) {
        const size_t capacity = needed > 2 * container->capacity ? needed : 2 * needed;
        void *room = NULL;
        const resnet_status status = rn_pickle_room(machine, &room, capacity, sizeof *items);
        if (status != RESNET_OK) return status;
        rn_pickle_value **grown = room;
        if (container->count) memcpy(grown, container->items, container->count * sizeof *grown);
        container->items = grown;
        container->capacity = capacity;
    }
    if (count) memcpy(container->items + container->count, items, count * sizeof *items);
    container->count = needed;
    return RESNET_OK;
}

resnet_status rn_pickle_memo_put(rn_pickle *machine, size_t index, rn_pickle_value *value)
{
    if (index > RN_PICKLE_MAX_VALUES)
        return rn_fail(RESNET_E_UNSUPPORTED, "pickle: memo index %zu is beyond the cap", index);
    const resnet_status status = grow(machine, &machine->memo, &machine->memo_capacity, index + 1);
    if (status != RESNET_OK) return status;
    machine->memo[index] = value;
    if (index >= machine->n_memo) machine->n_memo = index + 1;
    return RESNET_OK;
}

resnet_status rn_pickle_memo_get(const rn_pickle *machine, size_t index, rn_pickle_value **out)
{
    if (index >= machine->n_memo || !machine->memo[index])
        return rn_fail(RESNET_E_FORMAT, "pickle: memo has no entry %zu", index);
    *out = machine->memo[index];
    return RESNET_OK;
}
