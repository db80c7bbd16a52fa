/** What options say of a network, checked. INVALID, naming the field. SPDX-License-Identifier: MIT
 */
#ifndef RN_MODEL_SETTINGS_H
#define RN_MODEL_SETTINGS_H

#include "net/params.h"

#include <resnet/model.h>

#define RN_BN_EPSILON_OF_FAMILY (-1.0F) /* what asks for the family's */
#define RN_BN_EPSILON 1e-5f             /* of a new model, and of a family that is unknown */

/** value in [low, high]. */
resnet_status rn_model_check_between(const char *field, int64_t value, int64_t low, int64_t high);
/** A head as the caller's options describe it. */
resnet_status rn_model_read_head(rn_net_settings *out, uint32_t n_classes, int32_t pooling,
                                 uint32_t n_hidden, const uint32_t *hidden_sizes, float dropout);
/** What the caller wants behind every hidden layer; AUTO leaves each as it is, or ReLU. */
resnet_status rn_model_read_activation(rn_net_settings *out, int32_t kind, float slope);
/** What both kinds of options say of the backbone; 0 of `family_` values: unknown. */
resnet_status rn_model_read_backbone(rn_net_settings *out, int32_t variant, int32_t family_variant,
                                     int32_t stem_pool, int32_t family_stem_pool, float epsilon,
                                     float family_epsilon);

#endif
