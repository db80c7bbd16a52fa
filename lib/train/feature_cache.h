/** Features of frozen layers, kept: in memory up to a budget, and in a file that the next run finds
 *  again. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_FEATURE_CACHE_H
#define RN_TRAIN_FEATURE_CACHE_H

#include "core/log.h"
#include "train/feature_file.h"

typedef struct rn_feature_cache rn_feature_cache;

typedef struct rn_feature_cache_settings {
    size_t n_entries; /* samples x views */
    size_t n_floats;  /* of an entry */
    uint64_t budget;  /* bytes of memory */
    const char *path; /* of the file; NULL: none */
    rn_hash key;      /* of all but the images that features depend on */
    rn_log log;
} rn_feature_cache_settings;

/** A file that cannot be used is warned of, and done without. NOMEM. */
resnet_status rn_feature_cache_create(rn_feature_cache **out,
                                      const rn_feature_cache_settings *settings);
void rn_feature_cache_free(rn_feature_cache *cache);

/** Whether the entry's features are at hand. */
bool rn_feature_cache_has(const rn_feature_cache *cache, size_t entry);
/** Copies them; false if they are not there, or were found damaged and are no longer. */
bool rn_feature_cache_get(rn_feature_cache *cache, size_t entry, float *features);
/** Whether an earlier run's file has features for this input (n_input floats): then the entry has
 *  them, too. */
bool rn_feature_cache_find(rn_feature_cache *cache, size_t entry, const float *input,
                           size_t n_input);
/** Keeps features if there is room. */
void rn_feature_cache_put(rn_feature_cache *cache, size_t entry, const float *input, size_t n_input,
                          const float *features);

#endif
