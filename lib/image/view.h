/** What part of a picture is wanted, at what size: the plan that recipes and augmentations come
 * down to before a pixel is touched. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_VIEW_H
#define RN_IMAGE_VIEW_H

#include "image/image.h"

#include <stdbool.h>

/** The source rectangle is resized as if it were a picture of its own; the result is the window of
 *  width x height at (left, top) of that, black where the window sticks out. */
typedef struct rn_view {
    rn_rect source;
    size_t resized_width, resized_height;
    int64_t left, top;
    size_t width, height;
    int32_t filter; /* RESNET_FILTER_* */
} rn_view;

/** The window's part that the resized picture covers; empty when they do not meet. */
rn_rect rn_view_get_covered(const rn_view *view);

bool rn_view_equal(const rn_view *a, const rn_view *b);

#endif
