/** Pictures through a recipe, one after another: as long as they are of one size nothing is
 * allocated and no weight of a filter computed again. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_PREPARER_H
#define RN_IMAGE_PREPARER_H

#include "image/recipe.h"
#include "image/resize.h"

/** All zeros at first. One thread at a time. */
typedef struct rn_preparer {
    rn_resizer *resizer; /* for the last picture's view, or NULL */
    resnet_image *crop;  /* of its window */
} rn_preparer;

/** input_chw [3][crop_height][crop_width], for a checked recipe. NOMEM, UNSUPPORTED. */
resnet_status rn_preparer_run(rn_preparer *preparer, const resnet_image *image,
                              const resnet_recipe *recipe, float *input_chw);
/** Frees what it keeps; it may be used again. */
void rn_preparer_clear(rn_preparer *preparer);

#endif
