/** Someone who sees what every convolution of the folded network takes and gives: how calibration
 *  learns the ranges of feature maps. SPDX-License-Identifier: MIT */
#ifndef RN_NET_OBSERVER_H
#define RN_NET_OBSERVER_H

#include "net/geometry.h"

/** One convolution on n images. Maps are [n][channels / block][h][w][block], except that the stem
 *  takes images, [n][3][h][w]; `output` is what follows ReLU and residual sum. The pointers are good
 *  until the call returns. */
typedef struct rn_observation {
    size_t row;            /* of the network's table */
    size_t first_image, n; /* which ones of the batch */
    size_t block;          /* channels that lie together */
    const rn_map *in, *out;
    const float *input, *output;
} rn_observation;

typedef struct rn_observer {
    void *context;
    /** On worker `worker`; other workers call it at the same time, for other images. */
    void (*see)(void *context, size_t worker, const rn_observation *what);
} rn_observer;

#endif
