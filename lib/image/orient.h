/** Turning and mirroring whole pictures. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_ORIENT_H
#define RN_IMAGE_ORIENT_H

#include "image/image.h"

/** Replaces *image by what EXIF orientation 1..8 says it should look like; 1 changes nothing. On
 *  failure (NOMEM) *image stays. */
resnet_status rn_image_orient(resnet_image **image, int orientation);

/** Mirrors left and right in place. */
void rn_image_flip_horizontal(resnet_image *image);
/** Mirrors top and bottom in place. */
void rn_image_flip_vertical(resnet_image *image);

#endif
