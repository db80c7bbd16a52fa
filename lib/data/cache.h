/** Decoded images kept in memory up to a budget. What is in stays in: an epoch shows every sample
 *  once, so throwing out the oldest would only ever throw out what comes next.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DATA_CACHE_H
#define RN_DATA_CACHE_H

#include "core/error.h"

#include <resnet/image.h>
#include <stdbool.h>

typedef struct rn_cache rn_cache;

/** For images of samples 0..n-1, of at most `budget` bytes together. */
resnet_status rn_cache_create(rn_cache **out, size_t n, uint64_t budget);
void rn_cache_free(rn_cache *cache);

/** The image of a sample, or NULL. Valid as long as the cache. Any thread. */
const resnet_image *rn_cache_find(const rn_cache *cache, size_t index);
/** Hands the image over if there is room and none there yet; whether it did. Any thread. */
bool rn_cache_keep(rn_cache *cache, size_t index, resnet_image *image);

#endif
