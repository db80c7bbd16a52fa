/* What a build without libwebp has in place of webp.c. SPDX-License-Identifier: MIT */
#include "image/webp.h"

resnet_status rn_webp_decode(resnet_image **out, int *out_orientation, const uint8_t *bytes,
                             size_t size, const resnet_image_options *options)
{
    (void)out, (void)out_orientation, (void)bytes, (void)size, (void)options;
    return rn_fail(RESNET_E_UNSUPPORTED, "a WebP file: this build of the library has no libwebp");
}
