/* What a build without libwebp has in place of webp.c. SPDX-License-Identifier: MIT */
#include "image/webp.h"

resnet_status rn_webp_decode(resnet_image **out, int *out_orientation, const uint8_t *bytes,
                             size_t size, const resnet_image_options *options)
{
    (void)out, (void)out_orientation, (void)bytes, (void)size, (void)options;
    return rn_fail(RESNET_E_UNSUPPORTED, "a WebP file: this build of the library has no libwebp");
}

resnet_status rn_webp_measure(size_t *out_width, size_t *out_height, int *out_orientation,
                              const uint8_t *bytes, size_t size,
                              const resnet_image_options *options)
{
    (void)out_width, (void)out_height;
    return rn_webp_decode(NULL, out_orientation, bytes, size, options);
}
