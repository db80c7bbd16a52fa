/* SPDX-License-Identifier: MIT */
#include "image/recipe.h"

#include "core/arithmetic.h"
#include "core/options.h"
#include "core/utf8.h"
#include "image/crop.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

RN_ASSERT_ABI(resnet_recipe, 88);

#define IMAGENET_MEAN                                                                              \
    {                                                                                              \
        0.485f, 0.456f, 0.406f                                                                     \
    }
#define IMAGENET_STD                                                                               \
    {                                                                                              \
        0.229f, 0.224f, 0.225f                                                                     \
    }
#define ONES                                                                                       \
    {                                                                                              \
        1, 1, 1                                                                                    \
    }
#define SIZE sizeof(resnet_recipe)

/* The fields in their order: resize mode, filter, size; crop width, height; channel order; divisor;
 * mean; standard deviation; name. */
static const resnet_recipe recipes[] = {
    {SIZE, RESNET_RESIZE_SHORT_EDGE, RESNET_FILTER_BILINEAR, 256, 224, 224, RESNET_CHANNELS_RGB,
     255, IMAGENET_MEAN, IMAGENET_STD, "torchvision-v1"},
    {SIZE, RESNET_RESIZE_SHORT_EDGE, RESNET_FILTER_BILINEAR, 232, 224, 224, RESNET_CHANNELS_RGB,
     255, IMAGENET_MEAN, IMAGENET_STD, "torchvision-v2"},
    {SIZE,
     RESNET_RESIZE_EXACT,
     RESNET_FILTER_NEAREST,
     224,
     224,
     224,
     RESNET_CHANNELS_BGR,
     1,
     {103.939f, 116.779f, 123.68f},
     ONES,
     "keras"},
    {SIZE, RESNET_RESIZE_SHORT_EDGE, RESNET_FILTER_BICUBIC, 235, 224, 224, RESNET_CHANNELS_RGB, 255,
     IMAGENET_MEAN, IMAGENET_STD, "timm"},
    {SIZE,
     RESNET_RESIZE_EXACT,
     RESNET_FILTER_BILINEAR,
     224,
     224,
     224,
     RESNET_CHANNELS_RGB,
     255,
     {0, 0, 0},
     ONES,
     "unit"},
    {SIZE, RESNET_RESIZE_EXACT, RESNET_FILTER_BILINEAR, 224, 224, 224, RESNET_CHANNELS_RGB, 127.5f,
     ONES, ONES, "signed"},
};
#define N_RECIPES (sizeof recipes / sizeof recipes[0])

/* Sides up to this keep every product below within 64 bits. */
#define MAX_SIDE 65536u
#define MAX_AREA (UINT64_C(1) << 26) /* px of a crop: 805 MB of floats */
#define MAX_SQUARE 8192u             /* the side of the largest square */
#define MAX_RESIZED (1 << 26)        /* px of a side that is only ever computed in part */

resnet_status resnet_recipe_init(resnet_recipe *recipe, size_t size, const char *name)
{
    if (!name) name = recipes[0].name;
    for (size_t i = 0; i < N_RECIPES; i++)
        if (strcmp(recipes[i].name, name) == 0)
            return rn_options_write(recipe, size, &recipes[i], SIZE, RN_RECIPE_FIRST_SIZE,
                                    "resnet_recipe");
    return rn_fail(RESNET_E_INVALID,
                   "no recipe \"%s\"; there are torchvision-v1, torchvision-v2, keras, timm, unit "
                   "and signed",
                   name);
}

const char *resnet_recipe_get_name(size_t index)
{
    return index < N_RECIPES ? recipes[index].name : NULL;
}

resnet_status resnet_recipe_set_size(resnet_recipe *recipe, uint32_t size)
{
    RN_OWN_ARITHMETIC;
    if (!recipe) return rn_fail(RESNET_E_INVALID, "recipe: NULL");
    if (size < 32 || (uint64_t)size * size > MAX_AREA)
        return rn_fail(RESNET_E_INVALID, "size: %u px is not in 32..%u", size, MAX_SQUARE);
    if (recipe->crop_height == 0) return rn_fail(RESNET_E_INVALID, "crop_height: 0 px");
    recipe->resize_size = (uint32_t)((uint64_t)size * recipe->resize_size / recipe->crop_height);
    recipe->crop_width = recipe->crop_height = size;
    return RESNET_OK;
}

static resnet_status check_geometry(const resnet_recipe *r)
{
    if (r->resize_mode < RESNET_RESIZE_NONE || r->resize_mode > RESNET_RESIZE_EXACT)
        return rn_fail(RESNET_E_INVALID, "resize_mode: %d is not a RESNET_RESIZE_*",
                       r->resize_mode);
    if (r->resize_filter < RESNET_FILTER_NEAREST || r->resize_filter > RESNET_FILTER_BICUBIC)
        return rn_fail(RESNET_E_INVALID, "resize_filter: %d is not a RESNET_FILTER_*",
                       r->resize_filter);
    if (r->resize_mode == RESNET_RESIZE_SHORT_EDGE &&
        (r->resize_size < 1 || r->resize_size > MAX_SIDE))
        return rn_fail(RESNET_E_INVALID, "resize_size: %u px is not in 1..%u", r->resize_size,
                       MAX_SIDE);
    if (r->crop_width < 32 || r->crop_width > MAX_SIDE || r->crop_height < 32 ||
        r->crop_height > MAX_SIDE)
        return rn_fail(RESNET_E_INVALID, "crop: %u x %u px, sides must be in 32..%u", r->crop_width,
                       r->crop_height, MAX_SIDE);
    if ((uint64_t)r->crop_width * r->crop_height > MAX_AREA)
        return rn_fail(RESNET_E_INVALID, "crop: %u x %u px, above the %llu that a crop may have",
                       r->crop_width, r->crop_height, (unsigned long long)MAX_AREA);
    return RESNET_OK;
}

static resnet_status check_numbers(const resnet_recipe *r)
{
    if (r->channel_order != RESNET_CHANNELS_RGB && r->channel_order != RESNET_CHANNELS_BGR)
        return rn_fail(RESNET_E_INVALID, "channel_order: %d is not a RESNET_CHANNELS_*",
                       r->channel_order);
    if (!isfinite(r->divisor) || r->divisor <= 0)
        return rn_fail(RESNET_E_INVALID, "divisor: %g is not above 0", (double)r->divisor);
    for (int c = 0; c < 3; c++) {
        if (!isfinite(r->mean[c]))
            return rn_fail(RESNET_E_INVALID, "mean[%d]: %g", c, (double)r->mean[c]);
        if (!isfinite(r->std[c]) || r->std[c] <= 0)
            return rn_fail(RESNET_E_INVALID, "std[%d]: %g is not above 0", c, (double)r->std[c]);
    }
    return RESNET_OK;
}

resnet_status rn_recipe_read(resnet_recipe *out, const resnet_recipe *theirs)
{
    resnet_recipe ours = recipes[0];
    resnet_status status;
    if (!theirs) return rn_fail(RESNET_E_INVALID, "recipe: NULL");
    RN_TRY(rn_options_read(&ours, sizeof ours, RN_RECIPE_FIRST_SIZE, theirs, "resnet_recipe"));
    if (!memchr(ours.name, '\0', sizeof ours.name) || !rn_utf8_is_valid(ours.name))
        return rn_fail(RESNET_E_INVALID, "recipe: its name is not UTF-8 text, or has no end");
    RN_TRY(check_geometry(&ours));
    RN_TRY(check_numbers(&ours));
    *out = ours;
done:
    return status;
}

static void find_resized(rn_view *view, const resnet_recipe *recipe)
{
    const size_t width = view->source.width, height = view->source.height;
    const size_t target = recipe->resize_size;
    view->resized_width = width;
    view->resized_height = height;
    if (recipe->resize_mode == RESNET_RESIZE_EXACT) {
        view->resized_width = recipe->crop_width;
        view->resized_height = recipe->crop_height;
    } else if (recipe->resize_mode == RESNET_RESIZE_SHORT_EDGE) {
        const int is_wide = width > height;
        view->resized_width = is_wide ? rn_crop_scale_side(target, width, height) : target;
        view->resized_height = is_wide ? target : rn_crop_scale_side(target, height, width);
    }
}

resnet_status rn_recipe_view(rn_view *out, const resnet_recipe *recipe, size_t width, size_t height)
{
    rn_view view = {.source = {0, 0, width, height},
                    .width = recipe->crop_width,
                    .height = recipe->crop_height,
                    .filter = recipe->resize_filter};
    find_resized(&view, recipe);
    if (view.resized_width > MAX_RESIZED || view.resized_height > MAX_RESIZED)
        return rn_fail(RESNET_E_UNSUPPORTED, "%zu x %zu px would be resized to %zu x %zu", width,
                       height, view.resized_width, view.resized_height);
    view.left = rn_crop_center(view.resized_width, view.width);
    view.top = rn_crop_center(view.resized_height, view.height);
    *out = view;
    return RESNET_OK;
}

/* Of 256 values each result is needed many times: the divisions are done once. */
static void fill_table(float table[256], const resnet_recipe *recipe, int channel)
{
    for (int v = 0; v < 256; v++)
        table[v] = ((float)v / recipe->divisor - recipe->mean[channel]) / recipe->std[channel];
}

void rn_recipe_pack(const resnet_recipe *recipe, const uint8_t *pixels_hwc, float *out_chw)
{
    float table[3][256];
    const int is_bgr = recipe->channel_order == RESNET_CHANNELS_BGR;
    const size_t area = (size_t)recipe->crop_width * recipe->crop_height;
    float *red = out_chw + (is_bgr ? 2 * area : 0), *green = out_chw + area;
    float *blue = out_chw + (is_bgr ? 0 : 2 * area);
    for (int c = 0; c < 3; c++) fill_table(table[c], recipe, is_bgr ? 2 - c : c);
    for (size_t i = 0; i < area; i++, pixels_hwc += 3) {
        red[i] = table[0][pixels_hwc[0]];
        green[i] = table[1][pixels_hwc[1]];
        blue[i] = table[2][pixels_hwc[2]];
    }
}
