/** From the host's recipe to a view of an image, and from 8-bit pixels to the network's floats.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_RECIPE_H
#define RN_IMAGE_RECIPE_H

#include "image/view.h"

#define RN_RECIPE_FIRST_SIZE 88 /* of resnet_recipe in the first release */

/** The caller's recipe, with INVALID for the first field out of its range. */
resnet_status rn_recipe_read(resnet_recipe *out, const resnet_recipe *theirs);

/** What a checked recipe shows of a picture of width x height px. UNSUPPORTED when the longer side
 *  would grow beyond reason. */
resnet_status rn_recipe_view(rn_view *out, const resnet_recipe *recipe, size_t width,
                             size_t height);

/** pixels_hwc [crop_height][crop_width][3] RGB -> out_chw [3][crop_height][crop_width]. */
void rn_recipe_pack(const resnet_recipe *recipe, const uint8_t *pixels_hwc, float *out_chw);

#endif
