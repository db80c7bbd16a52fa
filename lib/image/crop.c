/* SPDX-License-Identifier: MIT */
#include "image/crop.h"

#include <string.h>

int64_t rn_crop_center(size_t size, size_t crop)
{
    if (crop > size) return -(int64_t)((crop - size) / 2);
    const size_t half = (size - crop) / 2, is_odd = (size - crop) % 2;
    return (int64_t)(half + (is_odd && half % 2));
}

size_t rn_crop_scale_side(size_t target, size_t longer, size_t shorter)
{
    return (size_t)((double)(target * longer) / (double)shorter);
}

static void copy_part(resnet_image *out, const resnet_image *image, int64_t left, int64_t top)
{
    const int64_t width = (int64_t)image->width, height = (int64_t)image->height;
    const int64_t from = left > 0 ? left : 0;
    const int64_t end = left + (int64_t)out->width, to = end < width ? end : width;
    if (to <= from) return;
    for (size_t y = 0; y < out->height; y++) {
        const int64_t row = top + (int64_t)y;
        if (row < 0 || row >= height) continue;
        memcpy(out->pixels + (y * out->width + (size_t)(from - left)) * 3,
               image->pixels + (row * width + from) * 3, (size_t)(to - from) * 3);
    }
}

resnet_status resnet_image_crop(resnet_image **out, const resnet_image *image, int64_t left,
                                int64_t top, size_t width, size_t height)
{
    const int64_t limit = INT64_C(1) << 40; /* keeps the sums below free of overflow */
    if (!out || !image) return rn_fail(RESNET_E_INVALID, "out or image: NULL");
    if (left < -limit || left > limit || top < -limit || top > limit)
        return rn_fail(RESNET_E_INVALID, "crop at (%lld, %lld)", (long long)left, (long long)top);
    resnet_image_options options;
    resnet_image *cut = NULL;
    resnet_status status;
    RN_TRY(rn_image_options_read(&options, NULL));
    RN_TRY(rn_image_check_size(width, height, options.max_pixels));
    RN_TRY(rn_image_create(&cut, width, height));
    memset(cut->pixels, 0, width * height * 3);
    copy_part(cut, image, left, top);
    *out = cut;
done:
    return status;
}
