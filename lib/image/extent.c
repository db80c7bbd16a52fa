/* How large a picture is, from its file's header. SPDX-License-Identifier: MIT */
#include "core/file.h"
#include "core/mem.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "image/sniff.h"
#include "image/webp.h"

#define TURNED_FROM 5 /* orientations 5 to 8 swap width and height */

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
    *out_width = found.orientation < TURNED_FROM ? found.width : found.height;
    *out_height = found.orientation < TURNED_FROM ? found.height : found.width;
done:
    return status;
}

resnet_status resnet_image_read_size(size_t *out_width, size_t *out_height, const char *path,
                                     const resnet_image_options *options)
{
    resnet_image_options ours;
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status;
    if (!path) return rn_fail(RESNET_E_INVALID, "path: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(rn_file_read(&bytes, &size, path, ours.max_bytes));
    status = resnet_image_read_size_bytes(out_width, out_height, bytes, size, options);
    if (status != RESNET_OK) rn_fail_in(status, path);
done:
    rn_free(bytes);
    return status;
}
