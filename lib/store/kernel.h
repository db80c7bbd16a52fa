/** Between the frameworks' layouts of kernels and the canonical one. SPDX-License-Identifier: MIT
 */
#ifndef RN_STORE_KERNEL_H
#define RN_STORE_KERNEL_H

#include "store/names.h"
#include "store/raw.h"

/** A tensor's shape in canonical order: [out][in][h][w], [out][in], or as it is. False for another
 *  number of dimensions. */
bool rn_kernel_get_dims(const rn_raw_set *set, const rn_raw_tensor *tensor,
                        uint64_t out[RN_TENSOR_MAX_DIMS]);

/** Whether a tensor (NULL: there is none) has the shape of that variable of a row. */
bool rn_kernel_fits(const rn_raw_set *set, const rn_raw_tensor *tensor, const rn_arch_conv *conv,
                    enum rn_variable variable);

/** Checks the tensor's shape against the canonical `dims` (SHAPE, both named), reads it, and adds
 *  it in canonical layout under `name`. */
resnet_status rn_kernel_take(rn_weights *weights, const rn_raw_set *set,
                             const rn_raw_tensor *tensor, const char *name, size_t n_dims,
                             const uint64_t *dims);

/** x [o][i][h][w] to y [h][w][i][o]; a dense layer's [o][i] to [i][o] with h = w = 1. */
void rn_kernel_to_keras(float *y, const float *x, size_t o, size_t i, size_t h, size_t w);

#endif
