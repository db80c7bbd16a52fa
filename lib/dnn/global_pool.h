/** The last feature map to one vector an image. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_GLOBAL_POOL_H
#define RN_DNN_GLOBAL_POOL_H

#include "dnn/batchnorm.h"

#include <stdbool.h>

/** x [n][channels / block][pixels][block] -> y [n][channels], the mean or the largest. Channels
 *  [first, last) only, whole blocks. */
void rn_global_pool_forward(const rn_batchnorm_shape *shape, bool max, size_t first, size_t last,
                            const float *x, float *y);
/** dy [n][channels] -> dx; of equal largest values the first gets it. */
void rn_global_pool_backward(const rn_batchnorm_shape *shape, bool max, const float *x,
                             const float *dy, float *dx);

#endif
