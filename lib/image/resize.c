/* Along rows as they come in, into a buffer of the window's width; across rows at the end. Both
 * passes round to 8 bits, as Pillow's do. SPDX-License-Identifier: MIT */
#include "image/resize.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "image/crop.h"

#include <string.h>

/* What a resizer may allocate. Photographs need a few megabytes; only the narrowest of pictures,
 * a pixel wide and millions high, get near. */
#define MAX_BYTES (UINT64_C(1) << 30)

struct rn_resizer {
    rn_view view;
    rn_rect covered; /* of the resized picture, what the window shows */
    rn_rect needed;  /* of the source picture */
    const rn_convolve *convolve;
    rn_filter across, down; /* bilinear, bicubic */
    size_t *columns, *rows; /* nearest: the source of each covered column and row */
    uint8_t *narrowed;      /* [needed.height] rows of `stride` bytes, covered.width pixels each */
    size_t stride, n_pushed;
};

/* Pillow sums steps instead of multiplying, which ends elsewhere in the last bits. */
static void find_nearest(size_t *out, size_t in_size, size_t out_size, size_t first, size_t count)
{
    const double step = (double)(float)in_size / (double)out_size;
    double at = step * 0.5;
    for (size_t i = 0; i < first; i++) at += step;
    for (size_t i = 0; i < count; i++, at += step)
        out[i] = (size_t)at < in_size ? (size_t)at : in_size - 1;
}

static resnet_status plan_nearest(rn_resizer *r)
{
    const rn_view *view = &r->view;
    const rn_rect covered = r->covered;
    r->columns = rn_alloc(covered.width, sizeof *r->columns);
    r->rows = rn_alloc(covered.height, sizeof *r->rows);
    if (!r->columns || !r->rows) return RESNET_E_NOMEM;
    find_nearest(r->columns, view->source.width, view->resized_width, covered.left, covered.width);
    find_nearest(r->rows, view->source.height, view->resized_height, covered.top, covered.height);
    const size_t left = r->columns[0], top = r->rows[0];
    r->needed = (rn_rect){left, top, r->columns[covered.width - 1] + 1 - left,
                          r->rows[covered.height - 1] + 1 - top};
    return RESNET_OK;
}

/* Inputs that count for an output along one axis; 1 for the nearest. */
static double count_taps(size_t in_size, size_t out_size, int32_t filter)
{
    const double scale = in_size > out_size ? (double)in_size / (double)out_size : 1;
    return filter == RESNET_FILTER_NEAREST ? 1
                                           : (filter == RESNET_FILTER_BICUBIC ? 4 : 2) * scale + 2;
}

/* Weights take 8 bytes, a narrowed pixel 3; of rows, as many as the covered ones are made of. */
static resnet_status check_cost(const rn_view *view, const rn_rect *covered)
{
    const double across = count_taps(view->source.width, view->resized_width, view->filter);
    const double down = count_taps(view->source.height, view->resized_height, view->filter);
    const double step = (double)view->source.height / (double)view->resized_height;
    const double reach = (double)covered->height * step + down;
    const double rows = reach < (double)view->source.height ? reach : (double)view->source.height;
    const double bytes = 8 * (across * (double)covered->width + down * (double)covered->height) +
                         3 * rows * (double)covered->width;
    if (bytes <= (double)MAX_BYTES) return RESNET_OK;
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "%zu x %zu px to %zu x %zu: resizing would take %.0f MB, above the cap of %d",
                   view->source.width, view->source.height, view->resized_width,
                   view->resized_height, bytes / 1e6, (int)(MAX_BYTES / 1000000));
}

static resnet_status plan_filters(rn_resizer *r)
{
    const rn_view *view = &r->view;
    resnet_status status;
    RN_TRY(rn_filter_create(&r->across, view->source.width, view->resized_width, r->covered.left,
                            r->covered.width, view->filter));
    RN_TRY(rn_filter_create(&r->down, view->source.height, view->resized_height, r->covered.top,
                            r->covered.height, view->filter));
    r->needed = (rn_rect){r->across.needed_start, r->down.needed_start,
                          r->across.needed_end - r->across.needed_start,
                          r->down.needed_end - r->down.needed_start};
done:
    return status;
}

static resnet_status allocate_rows(rn_resizer *r)
{
    const size_t n_beyond = RN_FILTER_GROUP; /* rows that padded taps may look at */
    r->stride =
        (r->covered.width * 3 + RN_CONVOLVE_SLACK - 1) / RN_CONVOLVE_SLACK * RN_CONVOLVE_SLACK;
    r->narrowed = rn_alloc(r->needed.height + n_beyond, r->stride);
    if (!r->narrowed) return RESNET_E_NOMEM;
    memset(r->narrowed + r->needed.height * r->stride, 0, n_beyond * r->stride);
    return RESNET_OK;
}

resnet_status rn_resizer_create(rn_resizer **out, const rn_view *view)
{
    resnet_status status = RESNET_OK;
    rn_resizer *r = rn_calloc(1, sizeof *r);
    if (!r) return RESNET_E_NOMEM;
    r->view = *view;
    r->convolve = rn_convolve_get_best();
    r->covered = rn_view_get_covered(view);
    if (r->covered.width > 0 && r->covered.height > 0) {
        RN_TRY(check_cost(view, &r->covered));
        RN_TRY(view->filter == RESNET_FILTER_NEAREST ? plan_nearest(r) : plan_filters(r));
        RN_TRY(allocate_rows(r));
    }
    *out = r;
    r = NULL;
done:
    rn_resizer_free(r);
    return status;
}

void rn_resizer_free(rn_resizer *resizer)
{
    if (!resizer) return;
    rn_filter_destroy(&resizer->across);
    rn_filter_destroy(&resizer->down);
    rn_free(resizer->columns);
    rn_free(resizer->rows);
    rn_free(resizer->narrowed);
    rn_free(resizer);
}

const rn_view *rn_resizer_get_view(const rn_resizer *resizer)
{
    return &resizer->view;
}

rn_rect rn_resizer_get_needed(const rn_resizer *resizer)
{
    rn_rect needed = resizer->needed;
    needed.left += resizer->view.source.left;
    needed.top += resizer->view.source.top;
    return needed;
}

static void gather(uint8_t *out, const uint8_t *row, const size_t *columns, size_t count)
{
    for (size_t i = 0; i < count; i++, out += 3)
        memcpy(out, row + (columns[i] - columns[0]) * 3, 3);
}

void rn_resizer_push(void *resizer, const uint8_t *row_rgb)
{
    rn_resizer *r = resizer;
    const size_t size = r->covered.width * 3;
    uint8_t *out = r->narrowed + r->n_pushed++ * r->stride;
    const rn_view *view = &r->view;
    if (view->filter == RESNET_FILTER_NEAREST)
        gather(out, row_rgb, r->columns, r->covered.width);
    else if (view->resized_width == view->source.width)
        memcpy(out, row_rgb + (r->covered.left - r->across.needed_start) * 3, size);
    else
        r->convolve->row(out, row_rgb, r->across.needed_start, &r->across);
    memset(out + size, 0, r->stride - size); /* vector code sums it, though nobody looks */
}

void rn_resizer_push_image(rn_resizer *r, const resnet_image *image)
{
    const rn_rect needed = rn_resizer_get_needed(r);
    const uint8_t *row = image->pixels + (needed.top * image->width + needed.left) * 3;
    r->n_pushed = 0;
    for (size_t y = 0; y < needed.height; y++, row += image->width * 3) rn_resizer_push(r, row);
}

static void make_row(const rn_resizer *r, uint8_t *out, size_t y)
{
    const rn_filter *down = &r->down;
    const size_t size = r->covered.width * 3;
    if (r->view.filter == RESNET_FILTER_NEAREST)
        memcpy(out, r->narrowed + (r->rows[y] - r->rows[0]) * r->stride, size);
    else
        r->convolve->column(out, r->narrowed + (down->starts[y] - down->needed_start) * r->stride,
                            r->stride, size, down->weights + y * down->n_taps, down->n_taps);
}

/* The covered part within the black window. */
static resnet_status frame(resnet_image **image, const rn_view *view, const rn_rect *covered)
{
    resnet_image *framed = NULL;
    const resnet_status status =
        resnet_image_crop(&framed, *image, view->left - (int64_t)covered->left,
                          view->top - (int64_t)covered->top, view->width, view->height);
    if (status != RESNET_OK) return status;
    resnet_image_free(*image);
    *image = framed;
    return RESNET_OK;
}

static resnet_status black(resnet_image **out, const rn_view *view)
{
    const resnet_status status = rn_image_create(out, view->width, view->height);
    if (status == RESNET_OK) memset((*out)->pixels, 0, view->width * view->height * 3);
    return status;
}

bool rn_resizer_fills_window(const rn_resizer *r)
{
    return r->covered.width == r->view.width && r->covered.height == r->view.height;
}

void rn_resizer_draw(const rn_resizer *r, resnet_image *window)
{
    for (size_t y = 0; y < r->covered.height; y++)
        make_row(r, window->pixels + y * r->covered.width * 3, y);
}

resnet_status rn_resizer_finish(rn_resizer *r, resnet_image **out)
{
    resnet_image *image = NULL;
    resnet_status status;
    if (!r->narrowed) return black(out, &r->view);
    RN_TRY(rn_image_create(&image, r->covered.width, r->covered.height));
    rn_resizer_draw(r, image);
    if (!rn_resizer_fills_window(r)) RN_TRY(frame(&image, &r->view, &r->covered));
    *out = image;
    image = NULL;
done:
    resnet_image_free(image);
    return status;
}

resnet_status rn_resize_view(resnet_image **out, const resnet_image *image, const rn_view *view)
{
    rn_resizer *resizer = NULL;
    resnet_status status;
    RN_TRY(rn_resizer_create(&resizer, view));
    rn_resizer_push_image(resizer, image);
    status = rn_resizer_finish(resizer, out);
done:
    rn_resizer_free(resizer);
    return status;
}

resnet_status resnet_image_resize(resnet_image **out, const resnet_image *image, size_t width,
                                  size_t height, int32_t filter)
{
    RN_OWN_ARITHMETIC;
    if (!out || !image) return rn_fail(RESNET_E_INVALID, "out or image: NULL");
    if (filter < RESNET_FILTER_NEAREST || filter > RESNET_FILTER_BICUBIC)
        return rn_fail(RESNET_E_INVALID, "filter: %d is not a RESNET_FILTER_*", filter);
    resnet_image_options options;
    resnet_status status = rn_image_options_read(&options, NULL);
    if (status == RESNET_OK) status = rn_image_check_size(width, height, options.max_pixels);
    if (status != RESNET_OK) return status;
    const rn_view view = {
        {0, 0, image->width, image->height}, width, height, 0, 0, width, height, filter};
    return rn_resize_view(out, image, &view);
}
