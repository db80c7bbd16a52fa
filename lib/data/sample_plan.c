/* SPDX-License-Identifier: MIT */
#include "data/sample_plan.h"

#include "image/recipe.h"

resnet_status rn_sample_plan_init(rn_sample_plan *out, const resnet_dataset *dataset,
                                  const resnet_recipe *recipe)
{
    *out = (rn_sample_plan){.dataset = dataset, .views = RESNET_VIEWS_ONE};
    return rn_recipe_read(&out->recipe, recipe);
}

/* Crops of half the picture's sides are not enlarged yet. */
static uint32_t get_shrink(const resnet_recipe *recipe)
{
    return 2 *
           (recipe->crop_width > recipe->crop_height ? recipe->crop_width : recipe->crop_height);
}

/* What of a sample is the same in every epoch, from the cache or into it: the recipe's crop, or the
 * whole picture when an augmentation is to change it first. */
static resnet_status get_picture(rn_picture *out, const rn_sample_plan *plan, size_t index)
{
    if (plan->cache && (out->image = rn_cache_find(plan->cache, index))) return RESNET_OK;
    const rn_source *source = plan->dataset->source;
    const size_t id = (size_t)rn_dataset_get_id(plan->dataset, index);
    const resnet_status status = plan->augment
                                     ? rn_source_read(out, source, id, get_shrink(&plan->recipe))
                                     : rn_source_read_crop(out, source, id, &plan->recipe);
    if (status != RESNET_OK || !plan->cache || !out->owned) return status;
    if (rn_cache_keep(plan->cache, index, out->owned)) out->owned = NULL;
    return RESNET_OK;
}

/* One showing of a sample, for the augmentation's own decoder. */
typedef struct showing_place {
    const rn_sample_plan *plan;
    uint64_t epoch;
    rn_draw draw;
} showing_place;

static rn_showing get_showing(const showing_place *place)
{
    return (rn_showing){place->plan->seed, place->epoch, place->draw};
}

static resnet_status decode_changed(void *context, resnet_image **out, const void *bytes,
                                    size_t size, const resnet_image_options *options)
{
    const showing_place *place = context;
    const rn_sample_plan *plan = place->plan;
    return plan->augment_file(plan->augment_context, out, bytes, size, options, get_showing(place));
}

static resnet_status change_picture(rn_picture *out, const rn_picture *picture,
                                    const showing_place *place)
{
    const rn_sample_plan *plan = place->plan;
    resnet_image *changed = NULL;
    const resnet_status status =
        plan->augment(plan->augment_context, &changed, picture->image, get_showing(place));
    if (status == RESNET_OK) *out = (rn_picture){changed, changed};
    return status;
}

/* A changed picture: straight from the file if that is quicker and nothing is kept. */
static resnet_status get_changed(rn_picture *out, showing_place *place)
{
    const rn_sample_plan *plan = place->plan;
    const rn_source *source = plan->dataset->source;
    const size_t index = rn_draw_get_index(place->draw);
    if (plan->augment_file && !plan->cache && rn_source_has_files(source))
        return rn_source_decode_file(out, source, (size_t)rn_dataset_get_id(plan->dataset, index),
                                     get_shrink(&plan->recipe), decode_changed, place);
    rn_picture picture = {NULL, NULL};
    resnet_status status;
    RN_TRY(get_picture(&picture, plan, index));
    status = change_picture(out, &picture, place);
done:
    resnet_image_free(picture.owned);
    return status;
}

/* The recipe's crop of a changed picture. */
static resnet_status get_changed_crop(rn_picture *out, showing_place *place)
{
    rn_picture changed = {NULL, NULL};
    resnet_image *crop = NULL;
    resnet_status status;
    RN_TRY(get_changed(&changed, place));
    RN_TRY(rn_source_crop(&crop, changed.image, &place->plan->recipe));
    *out = (rn_picture){crop, crop};
done:
    resnet_image_free(changed.owned);
    return status;
}

/* Corners are of the whole picture, which is not kept. */
static resnet_status prepare_views(const rn_sample_plan *plan, size_t index, float *inputs_nchw)
{
    rn_picture picture = {NULL, NULL};
    resnet_status status;
    RN_TRY(rn_source_read_for(&picture, plan->dataset->source,
                              (size_t)rn_dataset_get_id(plan->dataset, index), &plan->recipe));
    status = rn_views_pack(inputs_nchw, picture.image, &plan->recipe, plan->views);
    if (status != RESNET_OK) rn_fail_in(status, resnet_dataset_get_path(plan->dataset, index));
done:
    resnet_image_free(picture.owned);
    return status;
}

resnet_status rn_sample_prepare(const rn_sample_plan *plan, rn_draw draw, uint64_t epoch,
                                float *inputs_nchw)
{
    if (plan->views != RESNET_VIEWS_ONE)
        return prepare_views(plan, rn_draw_get_index(draw), inputs_nchw);

    rn_picture picture = {NULL, NULL};
    showing_place place = {plan, epoch, draw};
    resnet_status status;
    if (plan->augment)
        RN_TRY(get_changed_crop(&picture, &place));
    else
        RN_TRY(get_picture(&picture, plan, rn_draw_get_index(draw)));
    rn_recipe_pack(&plan->recipe, resnet_image_get_pixels(picture.image), inputs_nchw);
done:
    resnet_image_free(picture.owned);
    return status;
}
