/** Evaluation while only the head learns: the frozen backbone is run once over the data, and never
 *  again. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_HEAD_VALIDATION_H
#define RN_TRAIN_HEAD_VALIDATION_H

#include "train/measure.h"
#include "train/supply.h"

typedef struct rn_head_validation rn_head_validation;

/** Of `settings` the augmentation is not used. */
resnet_status rn_head_validation_create(rn_head_validation **out,
                                        const rn_supply_settings *settings);
void rn_head_validation_free(rn_head_validation *validation);

resnet_status rn_head_validation_measure(rn_figures *out, rn_head_validation *validation);

#endif
