/** Which way up a picture is, from what a file says about itself. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_ORIENTATION_H
#define RN_IMAGE_ORIENTATION_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

/** The blocks of a file that may tell, NULL where it has none. */
typedef struct rn_orientation_marks {
    const uint8_t *exif; /* with or without the identifier "Exif\0\0" */
    size_t exif_size;
    const uint8_t *xmp;
    size_t xmp_size;
} rn_orientation_marks;

/** Orientation 1..8: EXIF's, or XMP's where EXIF has none, or else 1. NOMEM is the only failure. */
resnet_status rn_orientation_read(int *out, const rn_orientation_marks *marks);

#endif
