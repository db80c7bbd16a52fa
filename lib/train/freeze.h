/** Which convolutions are frozen. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_FREEZE_H
#define RN_TRAIN_FREEZE_H

#include "net/params.h"

#include <resnet/trainer.h>

/** By freeze, train_last and freeze_names of the options: *out is [net->arch->n_convs], for the
 *  caller to rn_free(). INVALID: a pattern that fits nothing. NOMEM. */
resnet_status rn_freeze_choose(bool **out, const resnet_trainer_options *options,
                               const rn_net *net);

/** How many are. */
size_t rn_freeze_count(const bool *frozen, const rn_arch *arch);
/** Whether all are. */
bool rn_freeze_is_whole(const bool *frozen, const rn_arch *arch);

#endif
