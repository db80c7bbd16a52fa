/** Heads that torch made of a Sequential: what its numbers tell of what has no weights, and batch
 *  norms among its dense layers. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HEAD_NORM_H
#define RN_STORE_HEAD_NORM_H

#include "store/raw.h"

/** Puts the set's tensors in the order of their names, numbers within them by value. NOMEM. */
resnet_status rn_head_sort(rn_raw_set *set);

/** Once the dense layers were taken: folds the batch norms that stand directly beside one of them
 *  into it. UNSUPPORTED where the numbers say that there is no activation between two layers, or do
 *  not say where a batch norm stands. */
resnet_status rn_head_fold_norms(rn_weights *weights, rn_raw_set *set);

#endif
