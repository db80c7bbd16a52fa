/** Joins the host's augmentation to a loader. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_AUGMENTATION_H
#define RN_TRAIN_AUGMENTATION_H

#include "data/loader.h"
#include "image/augment.h"

#include <resnet/augment.h>

/** Must outlive the loader. */
typedef struct rn_augmentation {
    rn_augment_plan plan; /* checked once, read by all workers */
    uint64_t n_views;     /* 0: every epoch draws anew */
} rn_augmentation;

/** Sets the loader's augmentation, none if `augment` changes no picture by itself; *out_rest is the
 *  recipe that is left for the loader to apply. INVALID. */
resnet_status rn_augmentation_open(rn_augmentation *out, resnet_recipe *out_rest,
                                   rn_loader_options *loader, const resnet_augment *augment,
                                   const resnet_recipe *recipe, uint64_t n_views);

/** The preset called `name` (NULL: none), or `fields` instead if given, with these alphas where
 *  they are not negative. INVALID. */
resnet_status rn_augmentation_choose(resnet_augment *out, const char *name,
                                     const resnet_augment *fields, float mixup_alpha,
                                     float cutmix_alpha);

#endif
