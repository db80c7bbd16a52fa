/** Event files that TensorBoard reads. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_TENSORBOARD_H
#define RN_TRAIN_TENSORBOARD_H

#include "train/history.h"

/** Starts a file of its own in `folder`, which is made if need be. *out_path names it and is freed
 *  by the caller. IO, NOMEM. */
resnet_status rn_tensorboard_start(char **out_path, const char *folder);
/** Adds an epoch's figures, those that are numbers; wholly or not at all. */
resnet_status rn_tensorboard_add(const char *path, const rn_history_record *record);

#endif
