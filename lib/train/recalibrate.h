/** Batch-norm statistics measured anew. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_RECALIBRATE_H
#define RN_TRAIN_RECALIBRATE_H

#include "train/trainer.h"

/** Replaces running statistics of layers that learn by their mean over recalibrate_batches
 *  training batches with the values as they are; nothing if that is 0. Ends the phase at hand. */
resnet_status rn_recalibrate(resnet_trainer *trainer);

#endif
