/** A number that stands for a picture's pixels. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_FINGERPRINT_H
#define RN_DATA_FINGERPRINT_H

#include <resnet/image.h>
#include <stdint.h>

/** 128 bits: two different pictures share them by chance once in 2^64 pairs or so. No defence
 * against somebody who wants them to. The same on every machine. */
typedef struct rn_fingerprint {
    uint64_t high, low;
} rn_fingerprint;

rn_fingerprint rn_fingerprint_image(const resnet_image *image);
rn_fingerprint rn_fingerprint_bytes(const void *bytes, size_t size, uint64_t seed);
int rn_fingerprint_compare(const rn_fingerprint *a, const rn_fingerprint *b);

#endif
