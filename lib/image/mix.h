/** Mixup and CutMix: each picture of a batch takes something of the one before it, the first of the
 *  last, and its label takes the same share. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_MIX_H
#define RN_IMAGE_MIX_H

#include "image/image.h"

/** What one batch draws. */
typedef struct rn_mix {
    int is_cut;   /* cutmix: the rectangle is the other's; else mixup: all pixels are blended */
    double share; /* of the picture itself, in pixels and label */
    rn_rect cut;
} rn_mix;

/** Draws for one batch of pictures of width x height px. Alphas as in resnet_augment, not both 0.
 */
rn_mix rn_mix_draw(float mixup_alpha, float cutmix_alpha, size_t width, size_t height,
                   uint64_t seed, uint64_t epoch, uint64_t batch);

/** images_nchw [count][3][height][width], in place; scratch [3][height][width]. */
void rn_mix_images(float *images_nchw, size_t count, size_t height, size_t width, const rn_mix *mix,
                   float *scratch);

/** labels [count][n_classes], probabilities, in place; scratch [n_classes]. */
void rn_mix_labels(float *labels, size_t count, size_t n_classes, const rn_mix *mix,
                   float *scratch);

#endif
