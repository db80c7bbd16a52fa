/** The one thing wanted of XMP: which way up. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_XMP_H
#define RN_IMAGE_XMP_H

#include <stddef.h>
#include <stdint.h>

/** tiff:Orientation of an XMP packet, be it an attribute or an element; 1 for a value that means
 *  nothing, 0 when the packet has none. */
int rn_xmp_orientation(const uint8_t *packet, size_t size);

#endif
