/** The operators of RandAugment and TrivialAugmentWide and how strongly each is applied.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_POLICY_H
#define RN_IMAGE_POLICY_H

#include "core/rng.h"
#include "image/image.h"

/** In torchvision's order, under its names. */
enum rn_policy_op {
    RN_OP_IDENTITY,
    RN_OP_SHEAR_X,
    RN_OP_SHEAR_Y,
    RN_OP_TRANSLATE_X,
    RN_OP_TRANSLATE_Y,
    RN_OP_ROTATE,
    RN_OP_BRIGHTNESS,
    RN_OP_COLOR,
    RN_OP_CONTRAST,
    RN_OP_SHARPNESS,
    RN_OP_POSTERIZE,
    RN_OP_SOLARIZE,
    RN_OP_AUTO_CONTRAST,
    RN_OP_EQUALIZE,
    RN_N_OPS
};

/** One operator with torchvision's magnitude; black beyond the edge. NOMEM. */
resnet_status rn_policy_apply_op(resnet_image **image, enum rn_policy_op op, double magnitude);

/** The magnitude of a bin, before its sign is drawn; `policy` is RESNET_POLICY_RANDAUGMENT or
 *  RESNET_POLICY_TRIVIAL_WIDE, the size is the picture's. */
double rn_policy_magnitude(int32_t policy, enum rn_policy_op op, uint32_t bin, uint32_t n_bins,
                           size_t width, size_t height);

/** num_ops operators drawn at random at bin `magnitude`. NOMEM. */
resnet_status rn_policy_rand_augment(resnet_image **image, rn_rng *rng, uint32_t num_ops,
                                     uint32_t magnitude, uint32_t n_bins);
/** One operator and its bin drawn at random. NOMEM. */
resnet_status rn_policy_trivial_wide(resnet_image **image, rn_rng *rng, uint32_t n_bins);

#endif
