/** A JPEG in memory, decoded row by row: all of it, or only the part somebody needs.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_JPEG_H
#define RN_IMAGE_JPEG_H

#include "image/image.h"

typedef struct rn_jpeg rn_jpeg;

/** Reads the header of `bytes`, which must outlive the handle. The cap on pixels holds for the full
 *  size, before anything grows with it. FORMAT, UNSUPPORTED, NOMEM. */
resnet_status rn_jpeg_open(rn_jpeg **out, const uint8_t *bytes, size_t size,
                           const resnet_image_options *options);
void rn_jpeg_close(rn_jpeg *jpeg);

/** The size that rows will have, after shrink_to. */
size_t rn_jpeg_get_width(const rn_jpeg *jpeg);
size_t rn_jpeg_get_height(const rn_jpeg *jpeg);
/** Orientation 1..8, from EXIF or XMP. NOMEM. */
resnet_status rn_jpeg_read_orientation(const rn_jpeg *jpeg, int *out);

/** Takes one row of RGB pixels, which RN_IMAGE_SLACK readable bytes follow. */
typedef void (*rn_jpeg_take_row)(void *context, const uint8_t *row_rgb);

/** Hands over the rows of `part` from the top; the same pixels whatever the part. Once per handle.
 *  FORMAT when the file is damaged anywhere, also outside the part. */
resnet_status rn_jpeg_read(rn_jpeg *jpeg, const rn_rect *part, rn_jpeg_take_row take_row,
                           void *context);

#endif
