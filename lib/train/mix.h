/** Mixup and CutMix: batches whose images are mixtures of two. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_MIX_H
#define RN_TRAIN_MIX_H

#include "core/rng.h"

#include <stdbool.h>

typedef struct rn_mix_settings {
    double mixup_alpha, cutmix_alpha; /* of Beta(alpha, alpha); 0: never */
    uint64_t seed;
} rn_mix_settings;

/** How one batch is mixed: each image with the one before it, the first with the last. */
typedef struct rn_mix {
    double own; /* share of the image itself in the target */
    bool cut;   /* a rectangle is replaced; else all is blended */
    size_t top, left, bottom, right;
} rn_mix;

/** Draws for batch `number` of an epoch of images height x width px. */
rn_mix rn_mix_draw(const rn_mix_settings *settings, uint64_t epoch, uint64_t number, size_t height,
                   size_t width);
/** mixed, images: [n][3][height][width]. */
void rn_mix_images(const rn_mix *mix, const float *images, size_t n, size_t height, size_t width,
                   float *mixed);
/** soft: [n][n_classes] from labels [n]. */
void rn_mix_targets(const rn_mix *mix, const uint32_t *labels, size_t n, size_t n_classes,
                    float *soft);

/** One number from Beta(alpha, alpha). */
double rn_mix_draw_beta(rn_rng *rng, double alpha);

#endif
