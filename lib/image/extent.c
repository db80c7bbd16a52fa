/* How large a picture is, from its file's header. SPDX-License-Identifier: MIT */
#include "core/file.h"
#include "core/mem.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "image/sniff.h"
#include "image/webp.h"

#define TURNED_FROM 5 /* orientations 5 to 8 swap width and height */
/* Read first. A JPEG tells all before its pixels, mostly within as much. */
#define HEAD_SIZE ((size_t)128 << 10)

typedef struct extent {
    size_t width, height;
    int orientation;
} extent;

static resnet_status measure_jpeg(extent *out, const uint8_t *bytes, size_t size,
                                  const resnet_image_options *options)
{
    rn_jpeg *jpeg = NULL;
    resnet_status status;
    RN_TRY(rn_jpeg_open(&jpeg, bytes, size, options));
    out->width = rn_jpeg_get_width(jpeg);
    out->height = rn_jpeg_get_height(jpeg);
    if (options->orient) status = rn_jpeg_read_orientation(jpeg, &out->orientation);
done:
    rn_jpeg_close(jpeg);
    return status;
}

static resnet_status measure(extent *out, const uint8_t *bytes, size_t size,
                             const resnet_image_options *options)
{
    enum rn_image_format format;
    const resnet_status status = rn_sniff(&format, bytes, size);
    out->orientation = 1;
    if (status != RESNET_OK) return status;
    if (size > options->max_bytes)
        return rn_fail(RESNET_E_UNSUPPORTED, "%zu bytes, above the cap of %llu", size,
                       (unsigned long long)options->max_bytes);
    if (format == RN_IMAGE_JPEG) return measure_jpeg(out, bytes, size, options);
    if (format == RN_IMAGE_WEBP)
        return rn_webp_measure(&out->width, &out->height, &out->orientation, bytes, size, options);
    return rn_png_measure(&out->width, &out->height, &out->orientation, bytes, size, options);
}

/* What the start of a file tells. Of PNG and WebP the orientation may come behind the pixels. FORMAT
 * when the start alone does not do. */
static resnet_status measure_head(extent *out, const uint8_t *bytes, size_t size,
                                  const resnet_image_options *options)
{
    enum rn_image_format format;
    resnet_image_options strict = *options;
    strict.keep_damaged = 0; /* what is missing is not to be passed over */
    const resnet_status status = rn_sniff(&format, bytes, size);
    if (status != RESNET_OK) return status;
    if (options->orient && format != RN_IMAGE_JPEG) return RESNET_E_FORMAT;
    return measure(out, bytes, size, &strict);
}

static resnet_status measure_file(extent *out, const char *path,
                                  const resnet_image_options *options)
{
    void *bytes = NULL;
    size_t size = 0, whole = 0;
    resnet_status status;
    RN_TRY(rn_file_read_head(&bytes, &size, &whole, path, options->max_bytes, HEAD_SIZE));
    status =
        size < whole ? measure_head(out, bytes, size, options) : measure(out, bytes, size, options);
    if (status == RESNET_E_FORMAT && size < whole) {
        rn_free(bytes);
        bytes = NULL;
        RN_TRY(rn_file_read(&bytes, &size, path, options->max_bytes));
        status = measure(out, bytes, size, options);
    }
    if (status != RESNET_OK) rn_fail_in(status, path);
done:
    rn_free(bytes);
    return status;
}

static void turn(size_t *out_width, size_t *out_height, const extent *found)
{
    const int is_turned = found->orientation >= TURNED_FROM;
    *out_width = is_turned ? found->height : found->width;
    *out_height = is_turned ? found->width : found->height;
}

resnet_status resnet_image_read_size_bytes(size_t *out_width, size_t *out_height, const void *bytes,
                                           size_t bytes_size, const resnet_image_options *options)
{
    extent found;
    resnet_image_options ours;
    resnet_status status;
    if (!out_width || !out_height || (!bytes && bytes_size > 0))
        return rn_fail(RESNET_E_INVALID, "out_width, out_height or bytes: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(measure(&found, bytes, bytes_size, &ours));
    turn(out_width, out_height, &found);
done:
    return status;
}

resnet_status resnet_image_read_size(size_t *out_width, size_t *out_height, const char *path,
                                     const resnet_image_options *options)
{
    extent found;
    resnet_image_options ours;
    resnet_status status;
    if (!out_width || !out_height || !path)
        return rn_fail(RESNET_E_INVALID, "out_width, out_height or path: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(measure_file(&found, path, &ours));
    turn(out_width, out_height, &found);
done:
    return status;
}
