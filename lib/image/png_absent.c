/* What a build without libpng has in place of png.c. SPDX-License-Identifier: MIT */
#include "image/png.h"

static resnet_status refuse(const char *what)
{
    return rn_fail(RESNET_E_UNSUPPORTED, "%s: this build of the library has no libpng", what);
}

resnet_status rn_png_decode(resnet_image **out, int *out_orientation, const uint8_t *bytes,
                            size_t size, const resnet_image_options *options)
{
    (void)out, (void)out_orientation, (void)bytes, (void)size, (void)options;
    return refuse("a PNG file");
}

resnet_status rn_png_measure(size_t *out_width, size_t *out_height, int *out_orientation,
                             const uint8_t *bytes, size_t size, const resnet_image_options *options)
{
    (void)out_width, (void)out_height;
    return rn_png_decode(NULL, out_orientation, bytes, size, options);
}

resnet_status resnet_image_save_png(const resnet_image *image, const char *path)
{
    if (!image || !path) return rn_fail(RESNET_E_INVALID, "image or path: NULL");
    return refuse(path);
}

resnet_status resnet_image_encode_png(resnet_bytes **out, const resnet_image *image)
{
    if (!out || !image) return rn_fail(RESNET_E_INVALID, "out or image: NULL");
    return refuse("a PNG file");
}
