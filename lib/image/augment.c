/* First the view is drawn, which needs the picture's size, then the changes to its pixels; all from
 * one stream of numbers, in this order. SPDX-License-Identifier: MIT */
#include "image/augment.h"

#include "core/arithmetic.h"
#include "core/rng.h"
#include "image/affine.h"
#include "image/colour.h"
#include "image/orient.h"
#include "image/policy.h"
#include "image/region.h"
#include "image/resize.h"

#include <math.h>
#include <string.h>

/* What the choice of a view needs and leaves behind. */
struct drawing {
    const rn_augment_plan *plan;
    rn_rng rng;
};

static double draw_either_way(rn_rng *rng, float range)
{
    return rn_region_draw_between(rng, -(double)range, (double)range);
}

static void show_region(rn_view *view, rn_rect region)
{
    view->source = region;
    view->resized_width = view->width;
    view->resized_height = view->height;
    view->left = view->top = 0;
}

/* Anywhere between both edges, which padding has moved outwards. */
static int64_t draw_offset(rn_rng *rng, size_t size, size_t crop, uint32_t padding)
{
    const size_t padded = size + 2 * (size_t)padding;
    if (padded <= crop) return -(int64_t)((crop - size) / 2);
    return (int64_t)rn_rng_below(rng, padded - crop + 1) - (int64_t)padding;
}

static resnet_status choose_view(void *context, rn_view *out, size_t width, size_t height)
{
    struct drawing *drawing = context;
    const resnet_augment *a = &drawing->plan->augment;
    rn_rng *rng = &drawing->rng;
    const resnet_status status = rn_recipe_view(out, &drawing->plan->recipe, width, height);
    if (status != RESNET_OK) return status;
    if (a->crop == RESNET_CROP_RESIZED)
        show_region(out, rn_region_draw_crop(rng, width, height, a->resized_crop_scale,
                                             a->resized_crop_ratio));
    if (a->crop == RESNET_CROP_RANDOM) {
        out->left = draw_offset(rng, out->resized_width, out->width, a->crop_padding);
        out->top = draw_offset(rng, out->resized_height, out->height, a->crop_padding);
    }
    return RESNET_OK;
}

/* Keras draws a share of the side, or px when the range is 1 or more. */
static double draw_shift(rn_rng *rng, float range, size_t side)
{
    return draw_either_way(rng, range) * (range < 1 ? (double)side : 1);
}

static resnet_status apply_keras_affine(resnet_image **image, const resnet_augment *a, rn_rng *rng)
{
    const size_t width = (*image)->width, height = (*image)->height;
    const int has_zoom = a->zoom_range[0] != 1 || a->zoom_range[1] != 1;
    if (!a->rotation_range && !a->width_shift_range && !a->height_shift_range && !a->shear_range &&
        !has_zoom)
        return RESNET_OK;
    const double rotation = draw_either_way(rng, a->rotation_range);
    const double shift_x = draw_shift(rng, a->width_shift_range, width);
    const double shift_y = draw_shift(rng, a->height_shift_range, height);
    const double shear = draw_either_way(rng, a->shear_range);
    const double low = (double)a->zoom_range[0], high = (double)a->zoom_range[1];
    const double zoom_x = rn_region_draw_between(rng, low, high);
    const double zoom_y = rn_region_draw_between(rng, low, high);
    const rn_affine affine =
        rn_affine_make_keras(width, height, rotation, shift_x, shift_y, shear, zoom_x, zoom_y);
    return rn_affine_linear(image, &affine, a->fill_mode, (double)a->cval);
}

static void apply_flips(resnet_image *image, const resnet_augment *a, rn_rng *rng)
{
    if (a->horizontal_flip > 0 && rn_rng_uniform(rng) < (double)a->horizontal_flip)
        rn_image_flip_horizontal(image);
    if (a->vertical_flip > 0 && rn_rng_uniform(rng) < (double)a->vertical_flip)
        rn_image_flip_vertical(image);
}

static resnet_status apply_policy(resnet_image **image, const resnet_augment *a, rn_rng *rng)
{
    if (a->policy == RESNET_POLICY_RANDAUGMENT)
        return rn_policy_rand_augment(image, rng, a->num_ops, a->magnitude, a->num_magnitude_bins);
    if (a->policy == RESNET_POLICY_TRIVIAL_WIDE)
        return rn_policy_trivial_wide(image, rng, a->num_magnitude_bins);
    return RESNET_OK;
}

static float draw_factor(rn_rng *rng, float strength)
{
    return (float)rn_region_draw_between(rng, fmax(0, 1 - (double)strength), 1 + (double)strength);
}

/* ColorJitter's four, in random order. */
static void apply_jitter(resnet_image *image, const resnet_augment *a, rn_rng *rng)
{
    uint64_t order[4] = {0, 1, 2, 3};
    if (!a->jitter_brightness && !a->jitter_contrast && !a->jitter_saturation && !a->jitter_hue)
        return;
    rn_rng_shuffle(rng, order, 4);
    const float brightness = draw_factor(rng, a->jitter_brightness);
    const float contrast = draw_factor(rng, a->jitter_contrast);
    const float saturation = draw_factor(rng, a->jitter_saturation);
    const double hue = draw_either_way(rng, a->jitter_hue);
    for (int i = 0; i < 4; i++) {
        if (order[i] == 0) rn_colour_brightness(image, brightness);
        if (order[i] == 1) rn_colour_contrast(image, contrast);
        if (order[i] == 2) rn_colour_saturation(image, saturation);
        if (order[i] == 3 && a->jitter_hue > 0) rn_colour_hue(image, hue);
    }
}

static void apply_keras_colours(resnet_image *image, const resnet_augment *a, rn_rng *rng)
{
    const double low = (double)a->brightness_range[0], high = (double)a->brightness_range[1];
    if (a->channel_shift_range > 0)
        rn_colour_channel_shift(image, draw_either_way(rng, a->channel_shift_range));
    if (low != 1 || high != 1)
        rn_colour_brightness(image, (float)rn_region_draw_between(rng, low, high));
}

/* The recipe's mean as a colour, so that what is erased becomes nearly zero for the network. */
static void find_mean_colour(uint8_t rgb[3], const resnet_recipe *recipe)
{
    const int is_bgr = recipe->channel_order == RESNET_CHANNELS_BGR;
    for (int c = 0; c < 3; c++) {
        const float value = recipe->mean[is_bgr ? 2 - c : c] * recipe->divisor;
        rgb[c] = (uint8_t)lrintf(fminf(fmaxf(value, 0), 255));
    }
}

static void apply_erasing(resnet_image *image, const rn_augment_plan *plan, rn_rng *rng)
{
    const resnet_augment *a = &plan->augment;
    uint8_t colour[3];
    if (!(a->erasing_p > 0) || !(rn_rng_uniform(rng) < (double)a->erasing_p)) return;
    const rn_rect rect =
        rn_region_draw_erased(rng, image->width, image->height, a->erasing_scale, a->erasing_ratio);
    find_mean_colour(colour, &plan->recipe);
    for (size_t y = rect.top; y < rect.top + rect.height; y++)
        for (size_t x = rect.left; x < rect.left + rect.width; x++)
            memcpy(image->pixels + (y * image->width + x) * 3, colour, 3);
}

static resnet_status change_pixels(resnet_image **image, const rn_augment_plan *plan, rn_rng *rng)
{
    const resnet_augment *a = &plan->augment;
    resnet_status status;
    RN_TRY(apply_keras_affine(image, a, rng));
    apply_flips(*image, a, rng);
    if (a->random_rotation > 0)
        RN_TRY(rn_affine_rotate(image, draw_either_way(rng, a->random_rotation)));
    RN_TRY(apply_policy(image, a, rng));
    apply_jitter(*image, a, rng);
    apply_keras_colours(*image, a, rng);
    apply_erasing(*image, plan, rng);
done:
    return status;
}

static struct drawing start_drawing(const rn_augment_plan *plan, rn_showing showing)
{
    return (struct drawing){
        plan, rn_rng_make(showing.seed, RN_RNG_AUGMENT, showing.epoch, showing.sample)};
}

resnet_status rn_augment_apply(resnet_image **out, const resnet_image *image,
                               const rn_augment_plan *plan, rn_showing showing)
{
    struct drawing drawing = start_drawing(plan, showing);
    rn_view view;
    resnet_image *changed = NULL;
    resnet_status status;
    RN_TRY(choose_view(&drawing, &view, image->width, image->height));
    RN_TRY(rn_resize_view(&changed, image, &view));
    RN_TRY(change_pixels(&changed, plan, &drawing.rng));
    *out = changed;
    changed = NULL;
done:
    resnet_image_free(changed);
    return status;
}

resnet_status rn_augment_decode(resnet_image **out, const void *bytes, size_t size,
                                const resnet_image_options *options, const rn_augment_plan *plan,
                                rn_showing showing)
{
    struct drawing drawing = start_drawing(plan, showing);
    resnet_image *changed = NULL;
    resnet_status status;
    RN_TRY(rn_image_decode_view(&changed, bytes, size, options, choose_view, &drawing));
    RN_TRY(change_pixels(&changed, plan, &drawing.rng));
    *out = changed;
    changed = NULL;
done:
    resnet_image_free(changed);
    return status;
}

resnet_status rn_augment_plan_init(rn_augment_plan *out, const resnet_augment *augment,
                                   const resnet_recipe *recipe)
{
    rn_augment_plan plan;
    resnet_status status;
    RN_TRY(rn_augment_read(&plan.augment, augment));
    RN_TRY(rn_recipe_read(&plan.recipe, recipe));
    *out = plan;
done:
    return status;
}

resnet_status resnet_augment_image(resnet_image **out, const resnet_image *image,
                                   const resnet_augment *augment, const resnet_recipe *recipe,
                                   uint64_t seed, uint64_t epoch, uint64_t sample)
{
    RN_OWN_ARITHMETIC;
    resnet_recipe usual;
    rn_augment_plan plan;
    resnet_status status;
    if (!out || !image) return rn_fail(RESNET_E_INVALID, "out or image: NULL");
    RN_TRY(resnet_recipe_init(&usual, sizeof usual, NULL));
    RN_TRY(rn_augment_plan_init(&plan, augment, recipe ? recipe : &usual));
    status = rn_augment_apply(out, image, &plan, (rn_showing){seed, epoch, sample});
done:
    return status;
}
