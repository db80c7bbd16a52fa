/** The head of a file that describes it. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HEAD_DESCRIBED_H
#define RN_STORE_HEAD_DESCRIBED_H

#include "store/raw.h"

/** Takes the layers of set->plan as "fc.hidden0", ..., "fc", folding batch norms and constant
 *  factors into the dense layers before them or, where an activation is between, behind them. One
 *  output z under a sigmoid becomes the two logits 0 and z. SHAPE, FORMAT for tensors that do not
 *  fit the plan. */
resnet_status rn_head_take_described(rn_weights *weights, rn_raw_set *set);

#endif
