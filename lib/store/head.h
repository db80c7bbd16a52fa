/** The dense layers on top, whatever a file calls them. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HEAD_H
#define RN_STORE_HEAD_H

#include "store/names.h"
#include "store/raw.h"

/** Takes every dense layer that the backbone left, as a chain that starts at its 2048 features:
 *  the last becomes "fc", those before it "fc.hidden0", ... A file without any has no head, which
 *  is fine. A layer without bias gets one of zeros. A last layer of one output z becomes the
 *  two logits 0 and z, whose softmax says what a sigmoid of z says. SHAPE or UNSUPPORTED when they do not make a
 *  classifier. */
resnet_status rn_head_take(rn_weights *weights, rn_raw_set *set, enum rn_convention convention);

#endif
