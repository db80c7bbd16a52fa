/* The handle, its options and its caps. SPDX-License-Identifier: MIT */
#include "image/image.h"

#include "core/mem.h"
#include "core/options.h"

#include <string.h>

#define FIRST_SIZE 48 /* of the options in the first release */

RN_ASSERT_ABI(resnet_image_options, 48);

/* The struct and the pixels share one block; this keeps the pixels aligned within it. */
#define HEADER_SIZE RN_ALIGNMENT
_Static_assert(sizeof(resnet_image) <= HEADER_SIZE, "the pixels start after the struct");

static const resnet_image_options defaults = {
    .struct_size = sizeof(resnet_image_options),
    .max_pixels = 178956970,
    .max_bytes = 268435456,
    .orient = 1,
    .alpha = RESNET_ALPHA_BLEND,
    .background_rgb = 0xFFFFFF,
    .shrink_to = 0,
    .keep_damaged = 0,
    .max_scans = 500,
};

resnet_status resnet_image_options_init(resnet_image_options *options, size_t size)
{
    return rn_options_write(options, size, &defaults, sizeof defaults, FIRST_SIZE,
                            "resnet_image_options");
}

resnet_status rn_image_options_read(resnet_image_options *out, const resnet_image_options *theirs)
{
    resnet_image_options ours = defaults;
    const resnet_status status =
        rn_options_read(&ours, sizeof ours, FIRST_SIZE, theirs, "resnet_image_options");
    if (status != RESNET_OK) return status;
    if (ours.orient > 1) return rn_fail(RESNET_E_INVALID, "orient: %u is not 0 or 1", ours.orient);
    if (ours.alpha > RESNET_ALPHA_DROP)
        return rn_fail(RESNET_E_INVALID, "alpha: %u is not a RESNET_ALPHA_*", ours.alpha);
    if (ours.background_rgb > 0xFFFFFF)
        return rn_fail(RESNET_E_INVALID, "background_rgb: 0x%x is not 0xRRGGBB",
                       ours.background_rgb);
    if (ours.keep_damaged > 1)
        return rn_fail(RESNET_E_INVALID, "keep_damaged: %u is not 0 or 1", ours.keep_damaged);
    *out = ours;
    return RESNET_OK;
}

resnet_status rn_image_check_size(uint64_t width, uint64_t height, uint64_t max_pixels)
{
    if (width == 0 || height == 0)
        return rn_fail(RESNET_E_INVALID, "%llu x %llu pixels: an image has at least one",
                       (unsigned long long)width, (unsigned long long)height);
    if (width > max_pixels / height)
        return rn_fail(RESNET_E_UNSUPPORTED, "%llu x %llu pixels, above the cap of %llu",
                       (unsigned long long)width, (unsigned long long)height,
                       (unsigned long long)max_pixels);
    return RESNET_OK;
}

resnet_status rn_image_create(resnet_image **out, size_t width, size_t height)
{
    size_t size;
    if (__builtin_mul_overflow(width, height, &size) || __builtin_mul_overflow(size, 3, &size) ||
        __builtin_add_overflow(size, HEADER_SIZE + RN_IMAGE_SLACK, &size))
        return rn_fail(RESNET_E_NOMEM, "%zu x %zu pixels exceed the address space", width, height);
    resnet_image *image = rn_alloc(size, 1);
    if (!image) return RESNET_E_NOMEM;
    *image = (resnet_image){
        .width = width, .height = height, .pixels = (uint8_t *)image + HEADER_SIZE};
    memset(image->pixels + width * height * 3, 0, RN_IMAGE_SLACK);
    *out = image;
    return RESNET_OK;
}

void resnet_image_free(resnet_image *image)
{
    if (image && rn_users_leave(&image->users)) rn_free(image);
}

resnet_image *rn_image_retain(const resnet_image *image)
{
    resnet_image *held = (resnet_image *)image; /* only the count of its users changes */
    rn_users_add(&held->users);
    return held;
}

size_t resnet_image_get_width(const resnet_image *image)
{
    return image ? image->width : 0;
}

size_t resnet_image_get_height(const resnet_image *image)
{
    return image ? image->height : 0;
}

const uint8_t *resnet_image_get_pixels(const resnet_image *image)
{
    return image ? image->pixels : NULL;
}
