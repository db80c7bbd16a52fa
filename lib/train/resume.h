/** Checkpoints: a run of training on disk, and back. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_RESUME_H
#define RN_TRAIN_RESUME_H

#include "train/trainer.h"

/** Names the files in checkpoint_folder, which is made if need be; nothing without one. */
resnet_status rn_resume_open(resnet_trainer *trainer);

/** Goes on from last.rnck if it is there: values, optimiser, averages and course. IO, FORMAT,
 *  INVALID (a run with other options or data, naming the first); in
 *  all these cases the model is untouched. */
resnet_status rn_resume_load(resnet_trainer *trainer);

/** Writes last.rnck, if there is a folder for it and the model does not hold the final values
 *  instead of the last step's. IO, and the message says what is still there. */
resnet_status rn_resume_save(resnet_trainer *trainer);

/** Writes the model as it is to best.h5, likewise. */
resnet_status rn_resume_save_best(resnet_trainer *trainer);

#endif
