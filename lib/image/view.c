/* SPDX-License-Identifier: MIT */
#include "image/view.h"

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

bool rn_view_equal(const rn_view *a, const rn_view *b)
{
    const rn_rect *from_a = &a->source, *from_b = &b->source;
    return from_a->left == from_b->left && from_a->top == from_b->top &&
           from_a->width == from_b->width && from_a->height == from_b->height &&
           a->resized_width == b->resized_width && a->resized_height == b->resized_height &&
           a->left == b->left && a->top == b->top && a->width == b->width &&
           a->height == b->height && a->filter == b->filter;
}
