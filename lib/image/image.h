/** The decoded picture as the library's own rooms see it. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_IMAGE_H
#define RN_IMAGE_IMAGE_H

#include "core/error.h"
#include "core/users.h"

#include <resnet/image.h>

/** The pixels are height x width x 3, RGB, followed by RN_IMAGE_SLACK readable and writable bytes,
 *  so that vector code may touch a little more than the last pixel. */
struct resnet_image {
    size_t width, height; /* px, both > 0 */
    uint8_t *pixels;      /* in the same block of memory as this struct */
    rn_users users;
};

#define RN_IMAGE_SLACK 64

/** A part of a picture, px. */
typedef struct rn_rect {
    size_t left, top, width, height;
} rn_rect;

/** Uninitialised pixels, zeroed slack. resnet_image_free() frees it. */
resnet_status rn_image_create(resnet_image **out, size_t width, size_t height);

/** For handles that keep a picture, which resnet_image_free() gives back. */
resnet_image *rn_image_retain(const resnet_image *image);

/** The options with defaults for what the caller left out; INVALID when one is out of its range. */
resnet_status rn_image_options_read(resnet_image_options *out, const resnet_image_options *theirs);

/** UNSUPPORTED when width x height exceeds max_pixels, INVALID when it is zero. */
resnet_status rn_image_check_size(uint64_t width, uint64_t height, uint64_t max_pixels);

#endif
