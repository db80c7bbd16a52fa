/** One sample on its way from its source to the network's input. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_SAMPLE_PLAN_H
#define RN_DATA_SAMPLE_PLAN_H

#include "data/cache.h"
#include "data/dataset.h"
#include "data/order.h"
#include "image/augment.h"
#include "image/views.h"

/** Makes a changed picture of the decoded one. What it draws at random follows from the showing
 *  alone. Called from many threads at once; *out is freed by the caller. The picture may
 * have any size: the recipe is applied to it afterwards. */
typedef resnet_status (*rn_augment)(void *context, resnet_image **out, const resnet_image *in,
                                    rn_showing showing);

/** The same from a file's bytes, to the pixel, for an augmentation that need not decode all of
 * them.
 */
typedef resnet_status (*rn_augment_file)(void *context, resnet_image **out, const void *bytes,
                                         size_t size, const resnet_image_options *options,
                                         rn_showing showing);

/** What is done with every sample. */
typedef struct rn_sample_plan {
    const resnet_dataset *dataset;
    resnet_recipe recipe;
    rn_augment augment;           /* NULL: none */
    rn_augment_file augment_file; /* NULL: pictures are decoded first */
    void *augment_context;
    uint64_t seed;
    int32_t views;   /* RESNET_VIEWS_*, of pictures without augmentation; init says ONE */
    rn_cache *cache; /* NULL: none */
} rn_sample_plan;

/** INVALID if the recipe's fields are out of range. */
resnet_status rn_sample_plan_init(rn_sample_plan *out, const resnet_dataset *dataset,
                                  const resnet_recipe *recipe);

/** inputs_nchw [views][3][crop_height][crop_width] of one showing of a sample. The message of a
 * failure names the sample. Any thread. */
resnet_status rn_sample_prepare(const rn_sample_plan *plan, rn_draw draw, uint64_t epoch,
                                float *inputs_nchw);

/** The values of one sample: views x 3 x crop_height x crop_width. */
static inline size_t rn_sample_plan_get_size(const rn_sample_plan *plan)
{
    return (size_t)plan->views * 3 * plan->recipe.crop_height * plan->recipe.crop_width;
}

#endif
