/** Which convolutions are frozen. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_FREEZE_H
#define RN_TRAIN_FREEZE_H

#include "net/params.h"

#include <resnet/trainer.h>

/** By freeze, train_last and freeze_names of the options. INVALID: a pattern that fits nothing. */
resnet_status rn_freeze_choose(bool frozen[RN_ARCH_N_CONVS], const resnet_trainer_options *options,
                               const rn_net *net);

/** Whether all are. */
bool rn_freeze_is_whole(const bool frozen[RN_ARCH_N_CONVS]);

#endif
