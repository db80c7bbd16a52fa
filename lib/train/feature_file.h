/** A file of feature vectors, found by the hash of the input they were computed from.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_FEATURE_FILE_H
#define RN_TRAIN_FEATURE_FILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

/** 128 bits that tell inputs apart; no protection against those who want them equal. */
typedef struct rn_hash {
    uint64_t words[2];
} rn_hash;
/** Goes on from `start`, {{0, 0}} at first. */
rn_hash rn_hash_bytes(rn_hash start, const void *bytes, size_t size);

typedef struct rn_feature_file rn_feature_file;

#define RN_FEATURE_NONE SIZE_MAX

/** Opens for this process alone, or starts anew when it is not there, was made with another key or
 *  n_floats, or is no such file but empty. IO (another process has it, no space), FORMAT (a file of
 *  another kind, which is left as it is), NOMEM. */
resnet_status rn_feature_file_open(rn_feature_file **out, const char *path, const rn_hash *key,
                                   size_t n_floats);
void rn_feature_file_close(rn_feature_file *file);

/** The slot of features for this input, or RN_FEATURE_NONE. */
size_t rn_feature_file_find(const rn_feature_file *file, const rn_hash *input);
/** Reads a slot; FORMAT when its checksum is wrong, and the slot is not found again. */
resnet_status rn_feature_file_read(rn_feature_file *file, size_t slot, float *features);
/** Appends. IO, NOMEM. */
resnet_status rn_feature_file_add(rn_feature_file *file, const rn_hash *input,
                                  const float *features, size_t *out_slot);

#endif
