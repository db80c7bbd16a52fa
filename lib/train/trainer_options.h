/** The trainer's options, checked and complete. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_TRAINER_OPTIONS_H
#define RN_TRAIN_TRAINER_OPTIONS_H

#include "core/error.h"

#include <resnet/trainer.h>

/** The caller's options over the defaults, "the optimiser's own" replaced by numbers. Texts and
 *  class weights are copies. INVALID naming the field, NOMEM. */
resnet_status rn_trainer_options_open(resnet_trainer_options *out,
                                      const resnet_trainer_options *theirs);
/** Those of an evaluation, borrowed texts and all. INVALID naming the field. */
resnet_status rn_evaluate_options_read(resnet_evaluate_options *out,
                                       const resnet_evaluate_options *theirs);
/** Frees the copies. */
void rn_trainer_options_close(resnet_trainer_options *options);

/** Of the head's phase: as `options`, but Adam with head_learning_rate and the backbone frozen. */
resnet_trainer_options rn_trainer_options_for_head(const resnet_trainer_options *options);

#endif
