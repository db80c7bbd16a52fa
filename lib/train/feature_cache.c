/* Entries live in memory as long as there is room, in order of arrival, and in the file if there is
 * one. SPDX-License-Identifier: MIT */
#include "train/feature_cache.h"

#include "core/mem.h"

#include <string.h>

#define NOWHERE RN_FEATURE_NONE

struct rn_feature_cache {
    rn_feature_cache_settings settings;
    float *memory; /* [n_places][n_floats] */
    size_t n_places, n_used;
    size_t *places; /* [n_entries]: in memory, or NOWHERE */
    size_t *slots;  /* [n_entries]: in the file, or NOWHERE */
    rn_feature_file *file;
};

static void open_file(rn_feature_cache *cache)
{
    const rn_feature_cache_settings *settings = &cache->settings;
    if (!settings->path) return;
    if (rn_feature_file_open(&cache->file, settings->path, &settings->key, settings->n_floats))
        rn_log_line(&settings->log, RESNET_LOG_WARNING, "features are not kept on disk: %s",
                    resnet_last_error());
}

resnet_status rn_feature_cache_create(rn_feature_cache **out,
                                      const rn_feature_cache_settings *settings)
{
    rn_feature_cache *cache = rn_calloc(1, sizeof *cache);
    if (!cache) return RESNET_E_NOMEM;
    cache->settings = *settings;
    const uint64_t affordable = settings->budget / (settings->n_floats * sizeof(float));
    cache->n_places = affordable < settings->n_entries ? (size_t)affordable : settings->n_entries;
    cache->memory = rn_alloc(cache->n_places, settings->n_floats * sizeof(float));
    cache->places = rn_alloc(settings->n_entries, sizeof *cache->places);
    cache->slots = rn_alloc(settings->n_entries, sizeof *cache->slots);
    if (!cache->memory || !cache->places || !cache->slots) {
        rn_feature_cache_free(cache);
        return RESNET_E_NOMEM;
    }
    for (size_t i = 0; i < settings->n_entries; i++) cache->places[i] = cache->slots[i] = NOWHERE;
    open_file(cache);
    *out = cache;
    return RESNET_OK;
}

void rn_feature_cache_free(rn_feature_cache *cache)
{
    if (!cache) return;
    rn_feature_file_close(cache->file);
    rn_free(cache->slots);
    rn_free(cache->places);
    rn_free(cache->memory);
    rn_free(cache);
}

static float *get_place(const rn_feature_cache *cache, size_t place)
{
    return cache->memory + place * cache->settings.n_floats;
}

bool rn_feature_cache_has(const rn_feature_cache *cache, size_t entry)
{
    return cache->places[entry] != NOWHERE || cache->slots[entry] != NOWHERE;
}

static void keep_in_memory(rn_feature_cache *cache, size_t entry, const float *features)
{
    if (cache->places[entry] != NOWHERE || cache->n_used == cache->n_places) return;
    cache->places[entry] = cache->n_used++;
    memcpy(get_place(cache, cache->places[entry]), features,
           cache->settings.n_floats * sizeof *features);
}

bool rn_feature_cache_get(rn_feature_cache *cache, size_t entry, float *features)
{
    if (cache->places[entry] != NOWHERE) {
        memcpy(features, get_place(cache, cache->places[entry]),
               cache->settings.n_floats * sizeof *features);
        return true;
    }
    if (cache->slots[entry] == NOWHERE) return false;
    if (rn_feature_file_read(cache->file, cache->slots[entry], features) == RESNET_OK) {
        keep_in_memory(cache, entry, features);
        return true;
    }
    rn_log_line(&cache->settings.log, RESNET_LOG_WARNING, "features are computed anew: %s",
                resnet_last_error());
    cache->slots[entry] = NOWHERE;
    return false;
}

bool rn_feature_cache_find(rn_feature_cache *cache, size_t entry, const float *input,
                           size_t n_input)
{
    if (rn_feature_cache_has(cache, entry)) return true;
    if (!cache->file) return false;
    const rn_hash hash = rn_hash_bytes((rn_hash){{0, 0}}, input, n_input * sizeof *input);
    cache->slots[entry] = rn_feature_file_find(cache->file, &hash);
    return cache->slots[entry] != NOWHERE;
}

static void keep_in_file(rn_feature_cache *cache, size_t entry, const float *input, size_t n_input,
                         const float *features)
{
    const rn_hash hash = rn_hash_bytes((rn_hash){{0, 0}}, input, n_input * sizeof *input);
    if (rn_feature_file_add(cache->file, &hash, features, &cache->slots[entry]) == RESNET_OK)
        return;
    rn_log_line(&cache->settings.log, RESNET_LOG_WARNING, "no more features are kept on disk: %s",
                resnet_last_error());
    cache->settings.path = NULL; /* what is there can still be read */
}

void rn_feature_cache_put(rn_feature_cache *cache, size_t entry, const float *input, size_t n_input,
                          const float *features)
{
    keep_in_memory(cache, entry, features);
    if (cache->file && cache->settings.path && cache->slots[entry] == NOWHERE)
        keep_in_file(cache, entry, input, n_input, features);
}
