/** EXIF and XMP that a PNG keeps in its text chunks. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_PNG_PROFILE_H
#define RN_IMAGE_PNG_PROFILE_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

/** Blocks of rn_alloc(), NULL where there is none. */
typedef struct rn_png_profiles {
    uint8_t *exif, *xmp;
    size_t exif_size, xmp_size;
} rn_png_profiles;

/** Takes the first of each of a PNG file: XMP of "XML:com.adobe.xmp", either of ImageMagick's "Raw
 *  profile type exif", "APP1" and "xmp". A chunk that is damaged, or larger than any orientation
 *  needs, is as if it were not there. NOMEM. */
resnet_status rn_png_profiles_read(rn_png_profiles *out, const uint8_t *bytes, size_t size);
void rn_png_profiles_clear(rn_png_profiles *profiles);

#endif
