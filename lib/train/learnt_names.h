/** Which pictures a model was given, by their names, so that they are known again in a folder that
 *  has gained or lost some since. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_LEARNT_NAMES_H
#define RN_TRAIN_LEARNT_NAMES_H

#include "core/error.h"

#include <resnet/dataset.h>
#include <resnet/model.h>

/** Notes the names of `train`, and as held out those of `validation` (may be NULL) and what else
 *  `train` was cut from; none at all if they are too many. NOMEM. */
resnet_status rn_learnt_names_note(resnet_model *model, const resnet_dataset *train,
                                   const resnet_dataset *validation);

#endif
