/* Several crops of one picture for averaging. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "image/orient.h"
#include "image/recipe.h"

#include <resnet/augment.h>

/* The resized picture once, whole, from which the crops are cut. */
static resnet_status resize_whole(resnet_image **out, const resnet_image *image,
                                  const resnet_recipe *recipe)
{
    rn_view view;
    const resnet_status status = rn_recipe_view(&view, recipe, image->width, image->height);
    if (status != RESNET_OK) return status;
    view.left = view.top = 0;
    view.width = view.resized_width;
    view.height = view.resized_height;
    return rn_view_apply(out, image, &view);
}

struct place {
    int64_t left, top;
};

/* The corners and the centre. */
static resnet_status find_places(struct place places[5], const resnet_image *resized,
                                 const resnet_recipe *recipe)
{
    rn_view centre;
    resnet_recipe crop_only = *recipe;
    const size_t width = recipe->crop_width, height = recipe->crop_height;
    crop_only.resize_mode = RESNET_RESIZE_NONE;
    if (resized->width < width || resized->height < height)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%zu x %zu px after resizing, less than the %zu x %zu "
                       "of a crop: it has no corners to take",
                       resized->width, resized->height, width, height);
    const resnet_status status =
        rn_recipe_view(&centre, &crop_only, resized->width, resized->height);
    const int64_t right = (int64_t)(resized->width - width);
    const int64_t bottom = (int64_t)(resized->height - height);
    places[0] = (struct place){0, 0};
    places[1] = (struct place){right, 0};
    places[2] = (struct place){0, bottom};
    places[3] = (struct place){right, bottom};
    places[4] = (struct place){centre.left, centre.top};
    return status;
}

static resnet_status pack_places(float *inputs_nchw, const resnet_image *resized,
                                 const struct place *places, size_t count,
                                 const resnet_recipe *recipe)
{
    const size_t size = (size_t)recipe->crop_width * recipe->crop_height * 3;
    for (size_t i = 0; i < count; i++) {
        resnet_image *crop = NULL;
        const resnet_status status = resnet_image_crop(
            &crop, resized, places[i].left, places[i].top, recipe->crop_width, recipe->crop_height);
        if (status != RESNET_OK) return status;
        rn_recipe_pack(recipe, crop->pixels, inputs_nchw + i * size);
        resnet_image_free(crop);
    }
    return RESNET_OK;
}

static resnet_status pack_corners(float *inputs_nchw, const resnet_image *image,
                                  const resnet_recipe *recipe, int is_mirrored_too)
{
    const size_t size = (size_t)recipe->crop_width * recipe->crop_height * 3;
    resnet_image *resized = NULL;
    struct place places[5];
    resnet_status status;
    RN_TRY(resize_whole(&resized, image, recipe));
    RN_TRY(find_places(places, resized, recipe));
    RN_TRY(pack_places(inputs_nchw, resized, places, 5, recipe));
    if (is_mirrored_too) {
        rn_image_flip_horizontal(resized);
        RN_TRY(pack_places(inputs_nchw + 5 * size, resized, places, 5, recipe));
    }
done:
    resnet_image_free(resized);
    return status;
}

static resnet_status pack_centre(float *inputs_nchw, const resnet_image *image,
                                 const resnet_recipe *recipe, int is_mirrored_too)
{
    const size_t size = (size_t)recipe->crop_width * recipe->crop_height * 3;
    resnet_image *crop = NULL;
    rn_view view;
    resnet_status status;
    RN_TRY(rn_recipe_view(&view, recipe, image->width, image->height));
    RN_TRY(rn_view_apply(&crop, image, &view));
    rn_recipe_pack(recipe, crop->pixels, inputs_nchw);
    if (is_mirrored_too) {
        rn_image_flip_horizontal(crop);
        rn_recipe_pack(recipe, crop->pixels, inputs_nchw + size);
    }
done:
    resnet_image_free(crop);
    return status;
}

resnet_status resnet_image_prepare_views(float *out_nchw, size_t capacity,
                                         const resnet_image *image, const resnet_recipe *recipe,
                                         int32_t views)
{
    RN_OWN_ARITHMETIC;
    resnet_recipe ours;
    resnet_status status;
    if (!image || !out_nchw) return rn_fail(RESNET_E_INVALID, "out_nchw or image: NULL");
    if (views != RESNET_VIEWS_ONE && views != RESNET_VIEWS_FLIP && views != RESNET_VIEWS_FIVE &&
        views != RESNET_VIEWS_TEN)
        return rn_fail(RESNET_E_INVALID, "views: %d is not a RESNET_VIEWS_*", views);
    RN_TRY(rn_recipe_read(&ours, recipe));
    const size_t count = (size_t)ours.crop_width * ours.crop_height * 3 * (size_t)views;
    if (capacity < count)
        return rn_fail(RESNET_E_INVALID, "capacity: %zu floats, %d views make %zu", capacity, views,
                       count);
    if (views <= RESNET_VIEWS_FLIP)
        status = pack_centre(out_nchw, image, &ours, views == RESNET_VIEWS_FLIP);
    else
        status = pack_corners(out_nchw, image, &ours, views == RESNET_VIEWS_TEN);
done:
    return status;
}
