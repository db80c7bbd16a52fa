/** Checksums that see every change of a single word, and the seal of our own weight files: over
 * what the model says of itself and over every tensor, so that no damage makes another model of
 * one, whatever the container around it. Against damage, not against forgers.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_DIGEST_H
#define RN_STORE_DIGEST_H

#include "store/weights.h"

/** Goes on from `hash` over `size` bytes. */
uint64_t rn_digest_bytes(uint64_t hash, const void *bytes, size_t size);
/** The same over a text and where it ends. */
uint64_t rn_digest_text(uint64_t hash, const char *text);

/** Over names, shapes and values, in whatever order they are. */
uint64_t rn_digest_tensors(uint64_t hash, const rn_weights *weights);

/** Compares weights with the seal that their file has. FORMAT when they differ, or when the
 *  checksum is missing from a file that must have one. */
resnet_status rn_digest_check(const rn_weights *weights);

#endif
