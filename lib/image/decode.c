/* SPDX-License-Identifier: MIT */
#include "image/decode.h"

#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "image/jpeg.h"
#include "image/orient.h"
#include "image/png.h"
#include "image/recipe.h"
#include "image/resize.h"
#include "image/sniff.h"
#include "image/webp.h"

#include <string.h>

/* Copies rows one below the other. */
struct collector {
    uint8_t *at;
    size_t row_size;
};

static void collect_row(void *context, const uint8_t *row_rgb)
{
    struct collector *collector = context;
    memcpy(collector->at, row_rgb, collector->row_size);
    collector->at += collector->row_size;
}

static resnet_status read_whole_jpeg(resnet_image **out, rn_jpeg *jpeg, int orientation)
{
    const rn_rect all = {0, 0, rn_jpeg_get_width(jpeg), rn_jpeg_get_height(jpeg)};
    resnet_image *image = NULL;
    resnet_status status;
    RN_TRY(rn_image_create(&image, all.width, all.height));
    struct collector collector = {image->pixels, all.width * 3};
    RN_TRY(rn_jpeg_read(jpeg, &all, collect_row, &collector));
    RN_TRY(rn_image_orient(&image, orientation));
    *out = image;
    image = NULL;
done:
    resnet_image_free(image);
    return status;
}

static resnet_status decode_jpeg(resnet_image **out, int *orientation, const uint8_t *bytes,
                                 size_t size, const resnet_image_options *options)
{
    rn_jpeg *jpeg = NULL;
    resnet_status status;
    RN_TRY(rn_jpeg_open(&jpeg, bytes, size, options));
    if (options->orient) RN_TRY(rn_jpeg_read_orientation(jpeg, orientation));
    status = read_whole_jpeg(out, jpeg, *orientation);
done:
    rn_jpeg_close(jpeg);
    return status;
}

/* Formats that are decoded whole before they are turned. */
static resnet_status decode_other(resnet_image **out, int *orientation, const uint8_t *bytes,
                                  size_t size, const resnet_image_options *options,
                                  enum rn_image_format format)
{
    resnet_image *image = NULL;
    resnet_status status;
    RN_TRY(format == RN_IMAGE_WEBP ? rn_webp_decode(&image, orientation, bytes, size, options)
                                   : rn_png_decode(&image, orientation, bytes, size, options));
    RN_TRY(rn_image_orient(&image, *orientation));
    *out = image;
    image = NULL;
done:
    resnet_image_free(image);
    return status;
}

resnet_status rn_image_decode_oriented(resnet_image **out, int *orientation, const void *bytes,
                                       size_t size, const resnet_image_options *options)
{
    enum rn_image_format format;
    *orientation = 1;
    const resnet_status status = rn_sniff(&format, bytes, size);
    if (status != RESNET_OK) return status;
    if (size > options->max_bytes)
        return rn_fail(RESNET_E_UNSUPPORTED, "%zu bytes, above the cap of %llu", size,
                       (unsigned long long)options->max_bytes);
    return format == RN_IMAGE_JPEG ? decode_jpeg(out, orientation, bytes, size, options)
                                   : decode_other(out, orientation, bytes, size, options, format);
}

static resnet_status decode(resnet_image **out, const void *bytes, size_t size,
                            const resnet_image_options *options)
{
    int orientation;
    return rn_image_decode_oriented(out, &orientation, bytes, size, options);
}

/* The rows go from the decoder into the resizer; no whole picture ever exists. */
static resnet_status resize_jpeg(resnet_image **out, rn_jpeg *jpeg, rn_choose_view choose,
                                 void *context)
{
    rn_view view;
    rn_resizer *resizer = NULL;
    resnet_status status;
    RN_TRY(choose(context, &view, rn_jpeg_get_width(jpeg), rn_jpeg_get_height(jpeg)));
    RN_TRY(rn_resizer_create(&resizer, &view));
    const rn_rect needed = rn_resizer_get_needed(resizer);
    RN_TRY(rn_jpeg_read(jpeg, &needed, rn_resizer_push, resizer));
    status = rn_resizer_finish(resizer, out);
done:
    rn_resizer_free(resizer);
    return status;
}

static resnet_status view_image(resnet_image **out, const resnet_image *image,
                                rn_choose_view choose, void *context)
{
    rn_view view;
    const resnet_status status = choose(context, &view, image->width, image->height);
    return status == RESNET_OK ? rn_resize_view(out, image, &view) : status;
}

/* A picture that must be turned first takes the long way. */
static resnet_status decode_jpeg_view(resnet_image **out, const void *bytes, size_t size,
                                      const resnet_image_options *options, rn_choose_view choose,
                                      void *context)
{
    rn_jpeg *jpeg = NULL;
    resnet_image *image = NULL;
    int orientation = 1;
    resnet_status status;
    RN_TRY(rn_jpeg_open(&jpeg, bytes, size, options));
    if (options->orient) RN_TRY(rn_jpeg_read_orientation(jpeg, &orientation));
    if (orientation == 1) {
        status = resize_jpeg(out, jpeg, choose, context);
        goto done;
    }
    RN_TRY(read_whole_jpeg(&image, jpeg, orientation));
    status = view_image(out, image, choose, context);
done:
    resnet_image_free(image);
    rn_jpeg_close(jpeg);
    return status;
}

resnet_status rn_image_decode_view(resnet_image **out, const void *bytes, size_t size,
                                   const resnet_image_options *options, rn_choose_view choose,
                                   void *context)
{
    enum rn_image_format format;
    resnet_image *image = NULL;
    resnet_status status;
    RN_TRY(rn_sniff(&format, bytes, size));
    if (format == RN_IMAGE_JPEG && size <= options->max_bytes)
        return decode_jpeg_view(out, bytes, size, options, choose, context);
    RN_TRY(decode(&image, bytes, size, options));
    status = view_image(out, image, choose, context);
done:
    resnet_image_free(image);
    return status;
}

static resnet_status choose_crop(void *context, rn_view *out, size_t width, size_t height)
{
    return rn_recipe_view(out, context, width, height);
}

resnet_status rn_image_decode_crop(resnet_image **out, const void *bytes, size_t size,
                                   const resnet_image_options *options, const resnet_recipe *recipe)
{
    return rn_image_decode_view(out, bytes, size, options, choose_crop, (void *)recipe);
}

resnet_status resnet_image_decode(resnet_image **out, const void *bytes, size_t bytes_size,
                                  const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_image_options ours;
    if (!out || (!bytes && bytes_size > 0)) return rn_fail(RESNET_E_INVALID, "out or bytes: NULL");
    const resnet_status status = rn_image_options_read(&ours, options);
    return status == RESNET_OK ? decode(out, bytes, bytes_size, &ours) : status;
}

/* Messages of rn_file_read() name the file themselves. */
static resnet_status read_file(void **out, size_t *out_size, const char *path,
                               const resnet_image_options *options)
{
    if (!path) return rn_fail(RESNET_E_INVALID, "path: NULL");
    return rn_file_read(out, out_size, path, options->max_bytes);
}

resnet_status resnet_image_load(resnet_image **out, const char *path,
                                const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_image_options ours;
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status;
    if (!out) return rn_fail(RESNET_E_INVALID, "out: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(read_file(&bytes, &size, path, &ours));
    status = decode(out, bytes, size, &ours);
    if (status != RESNET_OK) rn_fail_in(status, path);
done:
    rn_free(bytes);
    return status;
}
