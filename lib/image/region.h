/** Rectangles drawn at random, with torchvision's distributions. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_REGION_H
#define RN_IMAGE_REGION_H

#include "core/rng.h"
#include "image/image.h"

/** Uniform in [low, high). */
double rn_region_draw_between(rn_rng *rng, double low, double high);

/** RandomResizedCrop's part of a picture of width x height px: its share of the area uniform, its
 *  width / height uniform in the logarithm; after ten rectangles that do not fit, the largest
 *  central one of an allowed ratio. */
rn_rect rn_region_draw_crop(rn_rng *rng, size_t width, size_t height, const float scale[2],
                            const float ratio[2]);
/** The central one of the above. */
rn_rect rn_region_fall_back(size_t width, size_t height, const float ratio[2]);

/** RandomErasing's rectangle; `ratio` is height / width. Empty after ten that do not fit. */
rn_rect rn_region_draw_erased(rn_rng *rng, size_t width, size_t height, const float scale[2],
                              const float ratio[2]);

/** CutMix's rectangle when the picture itself keeps `share` of the area, cut at the edges. */
rn_rect rn_region_draw_cut(rn_rng *rng, size_t width, size_t height, double share);

#endif
