/* Several crops of one picture for averaging. SPDX-License-Identifier: MIT */
#include "image/views.h"

#include "core/arithmetic.h"
#include "image/orient.h"
#include "image/resize.h"

struct place {
    int64_t left, top;
};

/* The corners and the centre of the resized picture, which `view` is a central crop of. */
static resnet_status find_places(struct place places[5], const rn_view *view)
{
    if (view->resized_width < view->width || view->resized_height < view->height)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%zu x %zu px after resizing, less than the %zu x %zu "
                       "of a crop: it has no corners to take",
                       view->resized_width, view->resized_height, view->width, view->height);
    const int64_t right = (int64_t)(view->resized_width - view->width);
    const int64_t bottom = (int64_t)(view->resized_height - view->height);
    places[0] = (struct place){0, 0};
    places[1] = (struct place){right, 0};
    places[2] = (struct place){0, bottom};
    places[3] = (struct place){right, bottom};
    places[4] = (struct place){view->left, view->top};
    return RESNET_OK;
}

/* The crop at a place of the mirrored picture is the mirrored crop at the mirrored place. */
static struct place mirror(struct place place, const rn_view *view)
{
    return (struct place){(int64_t)(view->resized_width - view->width) - place.left, place.top};
}

/* Each crop by a view of its own: the resized picture as a whole may be larger than any memory. */
static resnet_status pack_place(float *input_chw, const resnet_image *image, rn_view view,
                                struct place place, int is_mirrored, const resnet_recipe *recipe)
{
    resnet_image *crop = NULL;
    view.left = place.left;
    view.top = place.top;
    const resnet_status status = rn_resize_view(&crop, image, &view);
    if (status != RESNET_OK) return status;
    if (is_mirrored) rn_image_flip_horizontal(crop);
    rn_recipe_pack(recipe, crop->pixels, input_chw);
    resnet_image_free(crop);
    return RESNET_OK;
}

static resnet_status pack_corners(float *inputs_nchw, const resnet_image *image,
                                  const resnet_recipe *recipe, int is_mirrored_too)
{
    const size_t size = (size_t)recipe->crop_width * recipe->crop_height * 3;
    struct place places[5];
    rn_view view;
    resnet_status status;
    RN_TRY(rn_recipe_view(&view, recipe, image->width, image->height));
    RN_TRY(find_places(places, &view));
    for (size_t i = 0; i < 5; i++)
        RN_TRY(pack_place(inputs_nchw + i * size, image, view, places[i], 0, recipe));
    for (size_t i = 0; i < 5 && is_mirrored_too; i++)
        RN_TRY(pack_place(inputs_nchw + (5 + i) * size, image, view, mirror(places[i], &view), 1,
                          recipe));
done:
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
    RN_TRY(rn_resize_view(&crop, image, &view));
    rn_recipe_pack(recipe, crop->pixels, inputs_nchw);
    if (is_mirrored_too) {
        rn_image_flip_horizontal(crop);
        rn_recipe_pack(recipe, crop->pixels, inputs_nchw + size);
    }
done:
    resnet_image_free(crop);
    return status;
}

resnet_status rn_views_check(int32_t views)
{
    if (views == RESNET_VIEWS_ONE || views == RESNET_VIEWS_FLIP || views == RESNET_VIEWS_FIVE ||
        views == RESNET_VIEWS_TEN)
        return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "views: %d is not a RESNET_VIEWS_*", (int)views);
}

resnet_status rn_views_pack(float *inputs_nchw, const resnet_image *image,
                            const resnet_recipe *recipe, int32_t views)
{
    if (views <= RESNET_VIEWS_FLIP)
        return pack_centre(inputs_nchw, image, recipe, views == RESNET_VIEWS_FLIP);
    return pack_corners(inputs_nchw, image, recipe, views == RESNET_VIEWS_TEN);
}

resnet_status resnet_image_prepare_views(float *out_nchw, size_t capacity,
                                         const resnet_image *image, const resnet_recipe *recipe,
                                         int32_t views)
{
    RN_OWN_ARITHMETIC;
    resnet_recipe ours;
    resnet_status status;
    if (!image || !out_nchw) return rn_fail(RESNET_E_INVALID, "out_nchw or image: NULL");
    RN_TRY(rn_views_check(views));
    RN_TRY(rn_recipe_read(&ours, recipe));
    const size_t count = (size_t)ours.crop_width * ours.crop_height * 3 * (size_t)views;
    if (capacity < count)
        return rn_fail(RESNET_E_INVALID, "capacity: %zu floats, %d views make %zu", capacity, views,
                       count);
    status = rn_views_pack(out_nchw, image, &ours, views);
done:
    return status;
}
