/** Which kind of file some bytes are, whatever their name says. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_SNIFF_H
#define RN_IMAGE_SNIFF_H

#include "core/error.h"

enum rn_image_format { RN_IMAGE_JPEG = 1, RN_IMAGE_PNG = 2, RN_IMAGE_WEBP = 3 };

/** FORMAT for nothing at all or a mere beginning of a signature; UNSUPPORTED for any other kind of
 *  file, which the message names when it is a known one. */
resnet_status rn_sniff(enum rn_image_format *out, const uint8_t *bytes, size_t size);

#endif
