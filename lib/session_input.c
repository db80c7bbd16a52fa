/* SPDX-License-Identifier: MIT */
#include "session_input.h"

#include "image/pixels.h"

#include <stdio.h>

static size_t count_floats(const resnet_recipe *recipe)
{
    return (size_t)3 * recipe->crop_height * recipe->crop_width;
}

/* A picture without a name is named by its place. */
static resnet_status name_picture(resnet_status status, size_t i)
{
    char name[32];
    snprintf(name, sizeof name, "picture %zu", i);
    return status == RESNET_OK ? status : rn_fail_in(status, name);
}

static resnet_status fetch_image(const rn_session_input *input, size_t i,
                                 const resnet_image **image, resnet_image **owned)
{
    *owned = NULL;
    *image = input->images[i];
    return RESNET_OK;
}

static resnet_status prepare_image(const rn_session_input *input, rn_preparer *preparer,
                                   const resnet_recipe *recipe, size_t i, float *out_chw)
{
    return name_picture(rn_preparer_run(preparer, input->images[i], recipe, out_chw), i);
}

static resnet_status fetch_bytes(const rn_session_input *input, size_t i,
                                 const resnet_image **image, resnet_image **owned)
{
    const resnet_status status =
        resnet_image_decode(owned, input->bytes[i], input->bytes_sizes[i], input->options);
    *image = *owned;
    return status;
}

static resnet_status prepare_bytes(const rn_session_input *input, rn_preparer *preparer,
                                   const resnet_recipe *recipe, size_t i, float *out_chw)
{
    (void)preparer;
    return name_picture(resnet_image_prepare_bytes(out_chw, count_floats(recipe), input->bytes[i],
                                                   input->bytes_sizes[i], recipe, input->options),
                        i);
}

static resnet_status fetch_file(const rn_session_input *input, size_t i, const resnet_image **image,
                                resnet_image **owned)
{
    const resnet_status status = resnet_image_load(owned, input->paths[i], input->options);
    *image = *owned;
    return status;
}

static resnet_status prepare_file(const rn_session_input *input, rn_preparer *preparer,
                                  const resnet_recipe *recipe, size_t i, float *out_chw)
{
    (void)preparer;
    return resnet_image_prepare_file(out_chw, count_floats(recipe), input->paths[i], recipe,
                                     input->options);
}

static resnet_status fetch_frame(const rn_session_input *input, size_t i,
                                 const resnet_image **image, resnet_image **owned)
{
    const resnet_status status =
        resnet_image_from_pixels(owned, input->frames + i * input->height * input->stride,
                                 input->width, input->height, input->stride, input->layout, NULL);
    *image = *owned;
    return status;
}

static resnet_status prepare_frame(const rn_session_input *input, rn_preparer *preparer,
                                   const resnet_recipe *recipe, size_t i, float *out_chw)
{
    const resnet_image *image = NULL;
    resnet_image *owned = NULL;
    resnet_status status = fetch_frame(input, i, &image, &owned);
    if (status == RESNET_OK) status = rn_preparer_run(preparer, image, recipe, out_chw);
    resnet_image_free(owned);
    return name_picture(status, i);
}

/* A failure names the picture: by its path where it has one, which reading it says itself. */
resnet_status rn_session_input_views(const rn_session_input *input, const resnet_recipe *recipe,
                                     int32_t views, size_t i, float *out_nchw)
{
    const resnet_image *image = NULL;
    resnet_image *owned = NULL;
    const resnet_status read = input->fetch(input, i, &image, &owned);
    if (read != RESNET_OK) return input->paths ? read : name_picture(read, i);
    const resnet_status status = rn_views_pack(out_nchw, image, recipe, views);
    resnet_image_free(owned);
    if (status == RESNET_OK || !input->paths) return name_picture(status, i);
    return rn_fail_in(status, input->paths[i]);
}

static resnet_status fail_null(const char *what, size_t i)
{
    return rn_fail(RESNET_E_INVALID, "%s %zu is NULL", what, i);
}

resnet_status rn_session_input_images(rn_session_input *out, resnet_image *const *images, size_t n)
{
    if (!images) return rn_fail(RESNET_E_INVALID, "images: NULL");
    for (size_t i = 0; i < n; i++)
        if (!images[i]) return fail_null("image", i);
    *out = (rn_session_input){
        .n = n, .prepare = prepare_image, .fetch = fetch_image, .images = images};
    return RESNET_OK;
}

resnet_status rn_session_input_bytes(rn_session_input *out, const void *const *bytes,
                                     const size_t *bytes_sizes, size_t n,
                                     const resnet_image_options *options)
{
    if (!bytes || !bytes_sizes) return rn_fail(RESNET_E_INVALID, "bytes or bytes_sizes: NULL");
    for (size_t i = 0; i < n; i++)
        if (!bytes[i]) return fail_null("picture", i);
    *out = (rn_session_input){.n = n,
                              .prepare = prepare_bytes,
                              .fetch = fetch_bytes,
                              .bytes = bytes,
                              .bytes_sizes = bytes_sizes,
                              .options = options};
    return RESNET_OK;
}

resnet_status rn_session_input_files(rn_session_input *out, const char *const *paths, size_t n,
                                     const resnet_image_options *options)
{
    if (!paths) return rn_fail(RESNET_E_INVALID, "paths: NULL");
    for (size_t i = 0; i < n; i++)
        if (!paths[i]) return fail_null("path", i);
    *out = (rn_session_input){
        .n = n, .prepare = prepare_file, .fetch = fetch_file, .paths = paths, .options = options};
    return RESNET_OK;
}

resnet_status rn_session_input_frames(rn_session_input *out, const void *frames_nhwc, size_t n,
                                      size_t width, size_t height, size_t stride, int32_t layout)
{
    size_t row, frame, all;
    if (!frames_nhwc) return rn_fail(RESNET_E_INVALID, "frames_nhwc: NULL");
    if (rn_pixels_size(layout) == 0)
        return rn_fail(RESNET_E_INVALID, "layout: %d is not a RESNET_PIXELS_*", (int)layout);
    if (__builtin_mul_overflow(width, rn_pixels_size(layout), &row) ||
        __builtin_mul_overflow(height, stride ? stride : row, &frame) ||
        __builtin_mul_overflow(n, frame, &all))
        return rn_fail(RESNET_E_INVALID, "%zu frames of %zu x %zu px exceed the address space", n,
                       width, height);
    *out = (rn_session_input){.n = n,
                              .prepare = prepare_frame,
                              .fetch = fetch_frame,
                              .frames = frames_nhwc,
                              .width = width,
                              .height = height,
                              .stride = stride ? stride : row,
                              .layout = layout};
    return RESNET_OK;
}
