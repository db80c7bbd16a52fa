/** Batch norm on stored statistics is a factor and an offset per channel; they go into the
 *  convolution before it. SPDX-License-Identifier: MIT */
#ifndef RN_NET_FOLD_H
#define RN_NET_FOLD_H

#include "net/params.h"

/** For output channels [first, first + count) of a convolution, [o][i][k][k]:
 *      weights = w gamma / sqrt(variance + epsilon),  bias = beta - mean gamma / sqrt(...)
 *  STATE: one of them is not a finite number. The ReLU after it would hide that: in vector code the
 *  larger of NaN and zero is zero. */
resnet_status rn_fold(const rn_net *net, size_t conv, size_t first, size_t count, float *weights,
                      float *bias);

#endif
