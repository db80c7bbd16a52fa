/** Training pictures: what a resnet_augment draws for one showing of one sample, applied.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_AUGMENT_H
#define RN_IMAGE_AUGMENT_H

#include "image/decode.h"
#include "image/recipe.h"

#define RN_AUGMENT_FIRST_SIZE 152 /* of resnet_augment in the first release */

#include <resnet/augment.h>

/** Which showing of which sample: the same three numbers draw the same changes. */
typedef struct rn_showing {
    uint64_t seed, epoch, sample;
} rn_showing;

/** Everything that making a training picture takes; read-only once made, shared by all workers. */
typedef struct rn_augment_plan {
    resnet_augment augment;
    resnet_recipe recipe;
} rn_augment_plan;

/** The caller's struct, with INVALID for the first field out of its range. */
resnet_status rn_augment_read(resnet_augment *out, const resnet_augment *theirs);

/** Checks and copies both. INVALID. */
resnet_status rn_augment_plan_init(rn_augment_plan *out, const resnet_augment *augment,
                                   const resnet_recipe *recipe);

/** A changed picture of the recipe's crop size, ready for rn_recipe_pack(). NOMEM. */
resnet_status rn_augment_apply(resnet_image **out, const resnet_image *image,
                               const rn_augment_plan *plan, rn_showing showing);

/** The same from a file's bytes: equal pixels, but of a JPEG only the part that the drawn crop
 * shows is decoded. Status codes of rn_image_decode_view(). */
resnet_status rn_augment_decode(resnet_image **out, const void *bytes, size_t size,
                                const resnet_image_options *options, const rn_augment_plan *plan,
                                rn_showing showing);

#endif
