/** The one thing wanted of EXIF: which way up. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_EXIF_H
#define RN_IMAGE_EXIF_H

#include "core/error.h"

/** Orientation 1..8 of an EXIF block, which starts with its TIFF header or with "Exif\0\0" and
 *  that; 1 for a value that means nothing, 0 when the block has none or cannot be read. NOMEM is
 *  the only failure. */
resnet_status rn_exif_orientation(int *out, const uint8_t *exif, size_t size);

#endif
