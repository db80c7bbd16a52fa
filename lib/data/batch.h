/** Pictures as the network takes them, many at once. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_BATCH_H
#define RN_DATA_BATCH_H

#include <stddef.h>
#include <stdint.h>

/** Read-only to the caller. */
typedef struct rn_batch {
    const float *images_nchw; /* [n][views][3][height][width], page-aligned */
    const int32_t *labels;    /* [n], or RESNET_UNLABELLED */
    const uint64_t *samples;  /* [n], indices into the dataset */
    size_t n;                 /* at least 1, at most the options' batch */
    size_t height, width;     /* px, the recipe's crop */
    uint64_t number;          /* within the epoch, from 0 */
} rn_batch;

#endif
