/** The stem's 3x3 max pool with stride 2, forward and backward, on one shard.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_POOLING_H
#define RN_DNN_POOLING_H

#include "dnn/engine.h"

#include <stdbool.h>

typedef struct rn_pooling_settings {
    size_t n, channels, in_h, in_w;
    bool padded;     /* one pixel on each side */
    bool training;   /* keeps which pixel won, for backward */
    bool valid_rows; /* no padding above and below, whatever `padded` says: src brings those rows */
} rn_pooling_settings;

typedef struct rn_pooling rn_pooling;

resnet_status rn_pooling_create(rn_pooling **out, const rn_engine *engine,
                                const rn_pooling_settings *settings);
void rn_pooling_free(rn_pooling *pooling);
/** Bytes of `winners` per call; 0 unless training. */
size_t rn_pooling_get_winners_size(const rn_pooling *pooling);
size_t rn_pooling_get_scratch_size(const rn_pooling *pooling);
resnet_status rn_pooling_forward(const rn_pooling *pooling, size_t worker, const float *src,
                                 float *dst, void *winners, void *scratch);
resnet_status rn_pooling_backward(const rn_pooling *pooling, size_t worker, float *diff_src,
                                  const float *diff_dst, const void *winners, void *scratch);

static inline size_t rn_pooling_out_size(size_t in_size, bool padded)
{
    return (in_size + (padded ? 2 : 0) - 3) / 2 + 1;
}

#endif
