/** Resizing fed row by row, of which nothing is computed but the window of a view.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_RESIZE_H
#define RN_IMAGE_RESIZE_H

#include "image/convolve.h"
#include "image/view.h"

typedef struct rn_resizer rn_resizer;

/** NOMEM, UNSUPPORTED (a picture so narrow that it would take more than 1 GiB). */
resnet_status rn_resizer_create(rn_resizer **out, const rn_view *view);
void rn_resizer_free(rn_resizer *resizer);

const rn_view *rn_resizer_get_view(const rn_resizer *resizer);

/** The part of the picture that rn_resizer_push() must be given; may be empty. */
rn_rect rn_resizer_get_needed(const rn_resizer *resizer);

/** Takes the next row of the needed part, RN_IMAGE_SLACK readable bytes after it. `resizer` is a
 *  rn_resizer; the type is that of rn_jpeg_take_row. */
void rn_resizer_push(void *resizer, const uint8_t *row_rgb);

/** All the rows it needs of a picture; what was pushed before is forgotten. */
void rn_resizer_push_image(rn_resizer *resizer, const resnet_image *image);

/** The window, when every needed row was pushed. NOMEM. */
resnet_status rn_resizer_finish(rn_resizer *resizer, resnet_image **out);

/** Whether the resized picture covers the whole window. */
bool rn_resizer_fills_window(const rn_resizer *resizer);
/** The window of such a one, once more, into an image of its size. */
void rn_resizer_draw(const rn_resizer *resizer, resnet_image *window);

/** The view of a whole image at once. NOMEM. */
resnet_status rn_resize_view(resnet_image **out, const resnet_image *image, const rn_view *view);

#endif
