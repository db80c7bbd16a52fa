/* SPDX-License-Identifier: MIT */
#include "data/sample_plan.h"

#include "image/recipe.h"

resnet_status rn_sample_plan_init(rn_sample_plan *out, const resnet_dataset *dataset,
                                  const resnet_recipe *recipe)
{
    *out = (rn_sample_plan){.dataset = dataset};
    return rn_recipe_read(&out->recipe, recipe);
}

/* What of a sample is the same in every epoch, from the cache or into it: the recipe's crop, or the
 * whole picture when an augmentation is to change it first. */
static resnet_status get_picture(rn_picture *out, const rn_sample_plan *plan, size_t index)
{
    if (plan->cache && (out->image = rn_cache_find(plan->cache, index))) return RESNET_OK;
    const rn_source *source = plan->dataset->source;
    const size_t id = (size_t)rn_dataset_get_id(plan->dataset, index);
    const resnet_status status = plan->augment
                                     ? rn_source_read(out, source, id)
                                     : rn_source_read_crop(out, source, id, &plan->recipe);
    if (status != RESNET_OK || !plan->cache || !out->owned) return status;
    if (rn_cache_keep(plan->cache, index, out->owned)) out->owned = NULL;
    return RESNET_OK;
}

/* Replaces the picture by the recipe's crop of a changed one. */
static resnet_status apply_augment(rn_picture *picture, const rn_sample_plan *plan, rn_draw draw,
                                   uint64_t epoch)
{
    resnet_image *changed = NULL, *crop = NULL;
    resnet_status status;
    RN_TRY(plan->augment(plan->augment_context, &changed, picture->image, plan->seed, epoch, draw));
    RN_TRY(rn_source_crop(&crop, changed, &plan->recipe));
    resnet_image_free(picture->owned);
    *picture = (rn_picture){crop, crop};
done:
    resnet_image_free(changed);
    return status;
}

resnet_status rn_sample_prepare(const rn_sample_plan *plan, rn_draw draw, uint64_t epoch,
                                float *input_chw)
{
    rn_picture picture = {NULL, NULL};
    resnet_status status;
    RN_TRY(get_picture(&picture, plan, rn_draw_get_index(draw)));
    if (plan->augment) RN_TRY(apply_augment(&picture, plan, draw, epoch));
    rn_recipe_pack(&plan->recipe, resnet_image_get_pixels(picture.image), input_chw);
done:
    resnet_image_free(picture.owned);
    return status;
}
