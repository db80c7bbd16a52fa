/** A listing kept in a file, so that a tree is not walked again. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_LISTING_CACHE_H
#define RN_DATA_LISTING_CACHE_H

#include "data/listing.h"

/** rn_listing_walk(), or what an earlier call left in cache_file (NULL: none) if no folder has
 *  changed since; otherwise walks and writes cache_file. */
resnet_status rn_listing_open(rn_listing *out, const char *root, const char *cache_file);

resnet_status rn_listing_save(const rn_listing *listing, const char *root, const char *cache_file);
/** Leaves *out empty when the file is not there, damaged, of another root or out of date. */
resnet_status rn_listing_load(rn_listing *out, const char *root, const char *cache_file);

#endif
