/** PNG both ways. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_PNG_H
#define RN_IMAGE_PNG_H

#include "image/image.h"

/** Decodes the whole picture and its orientation, from EXIF or XMP (1 without one, or when not
 * asked for). FORMAT, UNSUPPORTED (above the cap), NOMEM. */
resnet_status rn_png_decode(resnet_image **out, int *out_orientation, const uint8_t *bytes,
                            size_t size, const resnet_image_options *options);

/** Its size before it is turned, and the orientation, from the chunks around the pixels. */
resnet_status rn_png_measure(size_t *out_width, size_t *out_height, int *out_orientation,
                             const uint8_t *bytes, size_t size,
                             const resnet_image_options *options);

#endif
