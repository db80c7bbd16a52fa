/* A slot per sample, filled once by whoever is first. SPDX-License-Identifier: MIT */
#include "data/cache.h"

#include "core/mem.h"

#include <stdatomic.h>

struct rn_cache {
    size_t n;
    uint64_t budget;
    atomic_uint_fast64_t used;
    _Atomic(resnet_image *) slots[];
};

resnet_status rn_cache_create(rn_cache **out, size_t n, uint64_t budget)
{
    rn_cache *cache = rn_alloc(1, sizeof *cache + n * sizeof cache->slots[0]);
    if (!cache) return RESNET_E_NOMEM;
    cache->n = n;
    cache->budget = budget;
    atomic_init(&cache->used, 0);
    for (size_t i = 0; i < n; i++) atomic_init(&cache->slots[i], NULL);
    *out = cache;
    return RESNET_OK;
}

void rn_cache_free(rn_cache *cache)
{
    if (!cache) return;
    for (size_t i = 0; i < cache->n; i++) resnet_image_free(atomic_load(&cache->slots[i]));
    rn_free(cache);
}

const resnet_image *rn_cache_find(const rn_cache *cache, size_t index)
{
    return atomic_load_explicit(&cache->slots[index], memory_order_acquire);
}

/* The pixels and what a block of memory costs besides. */
static uint64_t measure(const resnet_image *image)
{
    return (uint64_t)resnet_image_get_width(image) * resnet_image_get_height(image) * 3 + 256;
}

bool rn_cache_keep(rn_cache *cache, size_t index, resnet_image *image)
{
    const uint64_t size = measure(image);
    if (atomic_fetch_add(&cache->used, size) + size > cache->budget) {
        atomic_fetch_sub(&cache->used, size);
        return false;
    }
    resnet_image *none = NULL;
    if (atomic_compare_exchange_strong(&cache->slots[index], &none, image)) return true;
    atomic_fetch_sub(&cache->used, size);
    return false;
}
