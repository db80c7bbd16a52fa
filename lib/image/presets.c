/* Augmentations by name, and what makes a valid one. SPDX-License-Identifier: MIT */
#include "core/options.h"
#include "image/augment.h"

#include <math.h>
#include <string.h>

RN_ASSERT_ABI(resnet_augment, 152);

#define SIZE sizeof(resnet_augment)

/* What every preset starts from: numbers that matter only when something is switched on. */
#define COMMON                                                                                     \
    .struct_size = SIZE, .resized_crop_scale = {0.08f, 1}, .resized_crop_ratio = {0.75f, 4 / 3.f}, \
    .num_ops = 2, .magnitude = 9, .num_magnitude_bins = 31, .brightness_range = {1, 1},            \
    .erasing_scale = {0.02f, 0.33f}, .erasing_ratio = {0.3f, 3.3f}
#define NO_ZOOM .zoom_range = {1, 1}

struct preset {
    const char *name;
    resnet_augment augment;
};

static const struct preset presets[] = {
    {"none", {COMMON, NO_ZOOM}},
    {"light",
     {COMMON, NO_ZOOM, .crop = RESNET_CROP_RANDOM, .crop_padding = 4, .horizontal_flip = 0.5f,
      .jitter_brightness = 0.1f, .jitter_contrast = 0.1f, .jitter_saturation = 0.1f}},
    {"keras",
     {COMMON, .rotation_range = 40, .width_shift_range = 0.2f, .height_shift_range = 0.2f,
      .shear_range = 0.2f, .zoom_range = {0.8f, 1.2f}, .horizontal_flip = 0.5f}},
    {"imagenet", {COMMON, NO_ZOOM, .crop = RESNET_CROP_RESIZED, .horizontal_flip = 0.5f}},
    {"trivial",
     {COMMON, NO_ZOOM, .crop = RESNET_CROP_RESIZED, .horizontal_flip = 0.5f,
      .policy = RESNET_POLICY_TRIVIAL_WIDE, .erasing_p = 0.1f}},
};
#define N_PRESETS (sizeof presets / sizeof presets[0])

const char *resnet_augment_get_name(size_t index)
{
    return index < N_PRESETS ? presets[index].name : NULL;
}

resnet_status resnet_augment_init(resnet_augment *augment, size_t size, const char *preset)
{
    if (!preset) preset = presets[0].name;
    for (size_t i = 0; i < N_PRESETS; i++)
        if (strcmp(presets[i].name, preset) == 0)
            return rn_options_write(augment, size, &presets[i].augment, SIZE, RN_AUGMENT_FIRST_SIZE,
                                    "resnet_augment");
    return rn_fail(RESNET_E_INVALID,
                   "no augmentation \"%s\"; there are none, light, keras, imagenet and trivial",
                   preset);
}

/* A field that must lie in [low, high]. */
struct bound {
    const char *name;
    float value;
    float low, high;
};

static resnet_status check_bounds(const struct bound *bounds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(bounds[i].value >= bounds[i].low && bounds[i].value <= bounds[i].high))
            return rn_fail(RESNET_E_INVALID, "%s: %g is not in %g..%g", bounds[i].name,
                           (double)bounds[i].value, (double)bounds[i].low, (double)bounds[i].high);
    return RESNET_OK;
}

static resnet_status check_range(const char *name, const float range[2], float low, float high)
{
    const struct bound bounds[] = {{name, range[0], low, high}, {name, range[1], range[0], high}};
    return check_bounds(bounds, 2);
}

static resnet_status check_enum(const char *name, int32_t value, int32_t last)
{
    if (value >= 0 && value <= last) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "%s: %d is not in 0..%d", name, value, last);
}

static resnet_status check_numbers(const resnet_augment *a)
{
    const float most = 65536;
    const struct bound bounds[] = {
        {"crop_padding", (float)a->crop_padding, 0, most},
        {"rotation_range", a->rotation_range, 0, 360},
        {"width_shift_range", a->width_shift_range, 0, most},
        {"height_shift_range", a->height_shift_range, 0, most},
        {"shear_range", a->shear_range, 0, 89},
        {"cval", a->cval, 0, 255},
        {"horizontal_flip", a->horizontal_flip, 0, 1},
        {"vertical_flip", a->vertical_flip, 0, 1},
        {"random_rotation", a->random_rotation, 0, 360},
        {"num_ops", (float)a->num_ops, 0, 100},
        {"num_magnitude_bins", (float)a->num_magnitude_bins, 2, 1000},
        {"magnitude", (float)a->magnitude, 0, (float)a->num_magnitude_bins - 1},
        {"jitter_brightness", a->jitter_brightness, 0, most},
        {"jitter_contrast", a->jitter_contrast, 0, most},
        {"jitter_saturation", a->jitter_saturation, 0, most},
        {"jitter_hue", a->jitter_hue, 0, 0.5f},
        {"channel_shift_range", a->channel_shift_range, 0, 255},
        {"erasing_p", a->erasing_p, 0, 1},
        {"mixup_alpha", a->mixup_alpha, 0, most},
        {"cutmix_alpha", a->cutmix_alpha, 0, most},
        {"reserved", (float)a->reserved, 0, 0},
    };
    return check_bounds(bounds, sizeof bounds / sizeof bounds[0]);
}

resnet_status rn_augment_read(resnet_augment *out, const resnet_augment *theirs)
{
    const float least = 1e-4f, most = 1e4f;
    resnet_augment a = presets[0].augment;
    resnet_status status;
    if (!theirs) return rn_fail(RESNET_E_INVALID, "augment: NULL");
    RN_TRY(rn_options_read(&a, SIZE, RN_AUGMENT_FIRST_SIZE, theirs, "resnet_augment"));
    RN_TRY(check_enum("crop", a.crop, RESNET_CROP_RESIZED));
    RN_TRY(check_enum("fill_mode", a.fill_mode, RESNET_FILL_WRAP));
    RN_TRY(check_enum("policy", a.policy, RESNET_POLICY_TRIVIAL_WIDE));
    RN_TRY(check_numbers(&a));
    RN_TRY(check_range("resized_crop_scale", a.resized_crop_scale, least, 1));
    RN_TRY(check_range("resized_crop_ratio", a.resized_crop_ratio, least, most));
    RN_TRY(check_range("zoom_range", a.zoom_range, least, most));
    RN_TRY(check_range("brightness_range", a.brightness_range, 0, most));
    RN_TRY(check_range("erasing_scale", a.erasing_scale, least, 1));
    RN_TRY(check_range("erasing_ratio", a.erasing_ratio, least, most));
    *out = a;
done:
    return status;
}
