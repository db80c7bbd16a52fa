/** The JSON in which Keras describes a model. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_CONFIG_H
#define RN_STORE_KERAS_CONFIG_H

#include "store/raw.h"

/** Keeps a copy of the text with the set. */
resnet_status rn_keras_config_read(rn_raw_set *set, const char *text, size_t length);

/** Walks the model that the set has kept, if any: from its picture to its answer each layer is
 *  recognised, or refused by name. What it says goes to set->info (variant, epsilon, pools, recipe,
 *  activations, dropout) and set->plan (the head); the tensors get the keys of Keras's own
 *  ResNet50, whatever the file calls its layers. FORMAT for no JSON, UNSUPPORTED for a network that
 *  is not ResNet-50. */
resnet_status rn_keras_config_apply(rn_raw_set *set);

#endif
