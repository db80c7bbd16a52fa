/* SPDX-License-Identifier: MIT */
#include "image/view.h"

#include "image/resize.h"

/* Of `window` places from `first` on, those in [0, size). */
static void intersect(size_t *out_first, size_t *out_count, int64_t first, size_t window,
                      size_t size)
{
    const int64_t end = first + (int64_t)window, limit = (int64_t)size;
    const int64_t from = first > 0 ? first : 0, to = end < limit ? end : limit;
    *out_first = (size_t)from;
    *out_count = to > from ? (size_t)(to - from) : 0;
}

rn_rect rn_view_get_covered(const rn_view *view)
{
    rn_rect covered;
    intersect(&covered.left, &covered.width, view->left, view->width, view->resized_width);
    intersect(&covered.top, &covered.height, view->top, view->height, view->resized_height);
    return covered;
}

resnet_status rn_view_apply(resnet_image **out, const resnet_image *image, const rn_view *view)
{
    rn_resizer *resizer = NULL;
    resnet_status status;
    RN_TRY(rn_resizer_create(&resizer, view));
    const rn_rect needed = rn_resizer_get_needed(resizer);
    const uint8_t *row = image->pixels + (needed.top * image->width + needed.left) * 3;
    for (size_t y = 0; y < needed.height; y++, row += image->width * 3)
        rn_resizer_push(resizer, row);
    status = rn_resizer_finish(resizer, out);
done:
    rn_resizer_free(resizer);
    return status;
}
