/** Rows of other layouts brought to packed RGB. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_PIXELS_H
#define RN_IMAGE_PIXELS_H

#include "image/image.h"

/** Bytes a pixel of RESNET_PIXELS_* takes; 0 for an unknown layout. */
size_t rn_pixels_size(int32_t layout);

/** `count` pixels of `layout` to RGB, with alpha treated as the options say. */
void rn_pixels_to_rgb(uint8_t *out_rgb, const uint8_t *in, size_t count, int32_t layout,
                      const resnet_image_options *options);

/** `count` pixels of inverted CMYK, as every program stores them in JPEG files, to RGB without a
 *  colour profile: K - C * K / 255 and so on, rounded as Pillow's convert("RGB"). */
void rn_pixels_cmyk_to_rgb(uint8_t *out_rgb, const uint8_t *in_inverted, size_t count);

#endif
