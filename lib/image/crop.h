/** Where torchvision and Keras put crops and how long they make sides. SPDX-License-Identifier: MIT
 */
#ifndef RN_IMAGE_CROP_H
#define RN_IMAGE_CROP_H

#include "image/image.h"

/** Offset of a central crop, int(round((size - crop) / 2)) with halves to even; when the crop is
 * the larger, minus the padding before it, (crop - size) / 2 rounded down. */
int64_t rn_crop_center(size_t size, size_t crop);

/** The longer side after the shorter one became `target`: int(target * longer / shorter). */
size_t rn_crop_scale_side(size_t target, size_t longer, size_t shorter);

#endif
