/* Unpacked chunks that were used last. Threads unpack side by side; a chunk so large that few of
 * them fit is unpacked by one thread while the others wait, so that memory stays bounded.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <pthread.h>

#define MAX_SLOTS 1024
#define FEW 8 /* chunks */

typedef struct slot {
    rn_h5_span span; /* without bytes: empty */
    uint64_t index;  /* of the chunk */
    uint64_t used;   /* when */
    size_t n_loans;
} slot;

struct rn_h5_cache {
    pthread_mutex_t lock;
    pthread_mutex_t one_by_one; /* held over a whole loan of a large chunk */
    bool large;
    uint64_t now;
    size_t n_slots;
    slot slots[];
};

resnet_status rn_h5_cache_create(rn_h5_cache **out, size_t chunk_size, size_t capacity)
{
    size_t n_slots = capacity / chunk_size;
    if (n_slots > MAX_SLOTS) n_slots = MAX_SLOTS;
    if (n_slots == 0) n_slots = 1;
    rn_h5_cache *cache = rn_calloc(1, sizeof *cache + n_slots * sizeof(slot));
    if (!cache) return RESNET_E_NOMEM;
    pthread_mutex_init(&cache->lock, NULL);
    pthread_mutex_init(&cache->one_by_one, NULL);
    cache->n_slots = n_slots;
    cache->large = n_slots < FEW;
    *out = cache;
    return RESNET_OK;
}

void rn_h5_cache_free(rn_h5_cache *cache)
{
    if (!cache) return;
    for (size_t i = 0; i < cache->n_slots; i++) rn_h5_drop(&cache->slots[i].span);
    pthread_mutex_destroy(&cache->one_by_one);
    pthread_mutex_destroy(&cache->lock);
    rn_free(cache);
}

/* Under the lock, as what follows. */
static bool lend(rn_h5_loan *out, rn_h5_cache *cache, uint64_t index)
{
    for (size_t i = 0; i < cache->n_slots; i++) {
        slot *kept = &cache->slots[i];
        if (!kept->span.bytes || kept->index != index) continue;
        kept->used = ++cache->now;
        kept->n_loans++;
        out->bytes = kept->span.bytes;
        out->slot = i;
        return true;
    }
    return false;
}

/* Among those that nobody reads, an empty slot or the one not used for longest. */
static slot *find_victim(rn_h5_cache *cache)
{
    slot *victim = NULL;
    for (size_t i = 0; i < cache->n_slots; i++) {
        slot *kept = &cache->slots[i];
        if (kept->n_loans > 0) continue;
        if (!kept->span.bytes) return kept;
        if (!victim || kept->used < victim->used) victim = kept;
    }
    return victim;
}

/* Keeps the chunk if there is room, else the loan has it. */
static void put(rn_h5_loan *out, rn_h5_cache *cache, uint64_t index, rn_h5_span *span)
{
    slot *place = find_victim(cache);
    out->bytes = span->bytes;
    out->slot = cache->n_slots;
    if (!place || !span->owned) {
        out->span = *span;
        return;
    }
    rn_h5_drop(&place->span);
    *place = (slot){*span, index, ++cache->now, 1};
    out->slot = (size_t)(place - cache->slots);
}

/* Makes room first, so that there is never one more large chunk than slots. */
static void make_room(rn_h5_cache *cache)
{
    slot *victim = find_victim(cache);
    if (victim) rn_h5_drop(&victim->span);
}

resnet_status rn_h5_cache_borrow(rn_h5_loan *out, rn_h5_cache *cache, const rn_h5_dataset *set,
                                 uint64_t index, rn_budget *budget)
{
    rn_h5_span span = {0};
    rn_h5_loan loan = {.exclusive = cache->large};
    if (loan.exclusive) pthread_mutex_lock(&cache->one_by_one);
    pthread_mutex_lock(&cache->lock);
    const bool kept = lend(&loan, cache, index);
    if (!kept && cache->large) make_room(cache);
    pthread_mutex_unlock(&cache->lock);
    resnet_status status = RESNET_OK;
    if (!kept) {
        status = rn_h5_unpack_chunk(&span, set, index, budget);
        pthread_mutex_lock(&cache->lock);
        if (status == RESNET_OK) put(&loan, cache, index, &span);
        pthread_mutex_unlock(&cache->lock);
    }
    if (status == RESNET_OK)
        *out = loan;
    else if (loan.exclusive)
        pthread_mutex_unlock(&cache->one_by_one);
    return status;
}

void rn_h5_cache_give_back(rn_h5_cache *cache, rn_h5_loan *loan)
{
    pthread_mutex_lock(&cache->lock);
    if (loan->slot < cache->n_slots) cache->slots[loan->slot].n_loans--;
    pthread_mutex_unlock(&cache->lock);
    rn_h5_drop(&loan->span);
    if (loan->exclusive) pthread_mutex_unlock(&cache->one_by_one);
}
