/** Several crops of one picture, whose answers are averaged. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_VIEWS_H
#define RN_IMAGE_VIEWS_H

#include "image/recipe.h"

#include <resnet/augment.h>

/** INVALID for what is no RESNET_VIEWS_*. */
resnet_status rn_views_check(int32_t views);

/** inputs_nchw [views][3][crop_height][crop_width] by a checked recipe. NOMEM, UNSUPPORTED. */
resnet_status rn_views_pack(float *inputs_nchw, const resnet_image *image,
                            const resnet_recipe *recipe, int32_t views);

#endif
