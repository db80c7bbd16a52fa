/** What a model tells of the pictures it learnt from. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_LEARNT_H
#define RN_TRAIN_LEARNT_H

#include "core/error.h"

#include <resnet/dataset.h>
#include <resnet/model.h>

/** Notes them in the model's metadata, as RESNET_METADATA_SPLIT says, and for
 *  resnet_model_copy_learnt() the names of all it was given; `validation` may be NULL. NOMEM. */
resnet_status rn_learnt_note(resnet_model *model, const resnet_dataset *train,
                             const resnet_dataset *validation);

#endif
