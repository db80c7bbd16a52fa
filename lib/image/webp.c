/* The only file that sees libwebp. The chunks of the RIFF container are walked here, so that a file
 * that is cut is known as such; libwebp gets the picture's own.
 * SPDX-License-Identifier: MIT */
#include "image/webp.h"

#include "core/mem.h"
#include "image/orientation.h"
#include "image/pixels.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <webp/decode.h>

#define RIFF_HEADER 12 /* "RIFF", a length, "WEBP" */
#define CHUNK_HEADER 8
#define FRAME_HEADER 16 /* of an ANMF chunk */
/* What libwebp takes beside two copies of the picture; its tables are used unchecked. */
#define ROOM ((size_t)4 << 20)

/* What a file holds. */
typedef struct container {
    const uint8_t *picture; /* what libwebp decodes */
    size_t picture_size;
    size_t width, height;                        /* of the canvas, px */
    size_t left, top, frame_width, frame_height; /* where the picture lies on it */
    bool has_alpha, has_frame;
    rn_orientation_marks marks;
} container;

static size_t read_u24(const uint8_t *bytes)
{
    return bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
}

static size_t read_u32(const uint8_t *bytes)
{
    return read_u24(bytes) | (size_t)bytes[3] << 24;
}

static resnet_status fail_cut(size_t size)
{
    return rn_fail(RESNET_E_FORMAT, "WebP: cut after %zu bytes", size);
}

/* libwebp calls most of its own want of memory a damaged picture, so callers clear errno
 * beforehand. */
static resnet_status fail_decoding(VP8StatusCode code, size_t size)
{
    if (code == VP8_STATUS_OUT_OF_MEMORY || errno == ENOMEM)
        return rn_fail(RESNET_E_NOMEM, "out of memory for a WebP picture");
    if (code == VP8_STATUS_UNSUPPORTED_FEATURE)
        return rn_fail(RESNET_E_UNSUPPORTED, "WebP: a feature that libwebp does not know");
    if (code == VP8_STATUS_NOT_ENOUGH_DATA || code == VP8_STATUS_SUSPENDED) return fail_cut(size);
    return rn_fail(RESNET_E_FORMAT, "WebP: damaged");
}

static void note_frame(container *c, const uint8_t *data, size_t size)
{
    if (c->has_frame || size <= FRAME_HEADER) return;
    c->has_frame = true;
    c->left = 2 * read_u24(data);
    c->top = 2 * read_u24(data + 3);
    c->frame_width = read_u24(data + 6) + 1;
    c->frame_height = read_u24(data + 9) + 1;
    c->picture = data + FRAME_HEADER;
    c->picture_size = size - FRAME_HEADER;
}

static void note_chunk(container *c, const uint8_t *chunk, size_t size)
{
    const uint8_t *data = chunk + CHUNK_HEADER;
    if (memcmp(chunk, "ANMF", 4) == 0) note_frame(c, data, size);
    if (memcmp(chunk, "EXIF", 4) == 0 && !c->marks.exif) {
        c->marks.exif = data;
        c->marks.exif_size = size;
    }
    if (memcmp(chunk, "XMP ", 4) == 0 && !c->marks.xmp) {
        c->marks.xmp = data;
        c->marks.xmp_size = size;
    }
}

/* Walks the chunks, which end with the file or, when some of it may be missing, before. */
static resnet_status walk(container *c, const uint8_t *bytes, size_t size, bool may_be_cut)
{
    if (size < RIFF_HEADER) return fail_cut(size);
    const size_t declared = CHUNK_HEADER + read_u32(bytes + 4);
    if (declared > size && !may_be_cut) return fail_cut(size);
    const size_t end = declared < size ? declared : size;
    *c = (container){.picture = bytes, .picture_size = end};
    for (size_t at = RIFF_HEADER; at < end;) {
        const size_t left = end - at;
        if (left < CHUNK_HEADER || read_u32(bytes + at + 4) > left - CHUNK_HEADER)
            return may_be_cut ? RESNET_OK : fail_cut(size);
        const size_t length = read_u32(bytes + at + 4);
        note_chunk(c, bytes + at, length);
        at += CHUNK_HEADER + length + length % 2;
    }
    return RESNET_OK;
}

static resnet_status check_frame(container *c)
{
    if (!c->has_frame) {
        c->frame_width = c->width;
        c->frame_height = c->height;
    }
    if (c->frame_width <= c->width && c->left <= c->width - c->frame_width &&
        c->frame_height <= c->height && c->top <= c->height - c->frame_height)
        return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "WebP: a frame of %zu x %zu px at (%zu, %zu) on %zu x %zu px",
                   c->frame_width, c->frame_height, c->left, c->top, c->width, c->height);
}

static resnet_status open_container(container *c, const uint8_t *bytes, size_t size,
                                    const resnet_image_options *options)
{
    WebPBitstreamFeatures features;
    resnet_status status;
    RN_TRY(walk(c, bytes, size, options->keep_damaged));
    errno = 0;
    const VP8StatusCode code = WebPGetFeatures(bytes, size, &features);
    if (code != VP8_STATUS_OK) return fail_decoding(code, size);
    c->width = (size_t)features.width;
    c->height = (size_t)features.height;
    c->has_alpha = features.has_alpha != 0;
    if (features.has_animation && !c->has_frame)
        return rn_fail(RESNET_E_FORMAT, "WebP: an animation without a frame");
    RN_TRY(rn_image_check_size(c->width, c->height, options->max_pixels));
    status = check_frame(c);
done:
    return status;
}

/* Whatever rows there are of a damaged picture. */
static VP8StatusCode decode_part(const container *c, WebPDecoderConfig *config)
{
    int last_row = 0;
    WebPIDecoder *decoder = WebPIDecode(NULL, 0, config);
    if (!decoder) return VP8_STATUS_OUT_OF_MEMORY;
    VP8StatusCode code = WebPIUpdate(decoder, c->picture, c->picture_size);
    const bool has_rows = WebPIDecGetRGB(decoder, &last_row, NULL, NULL, NULL) && last_row > 0;
    if (code != VP8_STATUS_OUT_OF_MEMORY && errno != ENOMEM && has_rows) code = VP8_STATUS_OK;
    WebPIDelete(decoder);
    return code;
}

/* Decodes the picture into its place on the canvas, which is black, and transparent if it can be.
 */
static resnet_status decode_onto(const container *c, uint8_t *canvas, WEBP_CSP_MODE mode,
                                 size_t pixel_size, bool may_be_cut)
{
    WebPDecoderConfig config;
    WebPBitstreamFeatures *features = &config.input;
    if (!WebPInitDecoderConfig(&config))
        return rn_fail(RESNET_E_BACKEND, "libwebp is of another version than its headers");
    if (!rn_mem_has_room(ROOM + 2 * 4 * c->frame_width * c->frame_height))
        return rn_fail(RESNET_E_NOMEM, "out of memory for a WebP picture");
    errno = 0;
    VP8StatusCode code = WebPGetFeatures(c->picture, c->picture_size, features);
    if (code != VP8_STATUS_OK) return fail_decoding(code, c->picture_size);
    if ((size_t)features->width != c->frame_width || (size_t)features->height != c->frame_height)
        return rn_fail(RESNET_E_FORMAT, "WebP: a picture of %d x %d px in a frame of %zu x %zu",
                       features->width, features->height, c->frame_width, c->frame_height);
    const size_t stride = c->width * pixel_size;
    WebPRGBABuffer *place = &config.output.u.RGBA;
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    place->rgba = canvas + c->top * stride + c->left * pixel_size;
    place->stride = (int)stride;
    place->size = (c->frame_height - 1) * stride + c->frame_width * pixel_size;
    code = may_be_cut ? decode_part(c, &config) : WebPDecode(c->picture, c->picture_size, &config);
    return code == VP8_STATUS_OK ? RESNET_OK : fail_decoding(code, c->picture_size);
}

static resnet_status decode_opaque(resnet_image *image, const container *c, bool may_be_cut)
{
    memset(image->pixels, 0, image->width * image->height * 3);
    return decode_onto(c, image->pixels, MODE_RGB, 3, may_be_cut);
}

static resnet_status decode_alpha(resnet_image *image, const container *c,
                                  const resnet_image_options *options)
{
    uint8_t *canvas = rn_calloc(image->height, image->width * 4);
    if (!canvas) return RESNET_E_NOMEM;
    const resnet_status status = decode_onto(c, canvas, MODE_RGBA, 4, options->keep_damaged);
    if (status == RESNET_OK)
        rn_pixels_to_rgb(image->pixels, canvas, image->width * image->height, RESNET_PIXELS_RGBA,
                         options);
    rn_free(canvas);
    return status;
}

resnet_status rn_webp_decode(resnet_image **out, int *out_orientation, const uint8_t *bytes,
                             size_t size, const resnet_image_options *options)
{
    container c;
    resnet_image *image = NULL;
    int orientation = 1;
    resnet_status status;
    RN_TRY(open_container(&c, bytes, size, options));
    RN_TRY(rn_image_create(&image, c.width, c.height));
    RN_TRY(c.has_alpha ? decode_alpha(image, &c, options)
                       : decode_opaque(image, &c, options->keep_damaged));
    if (options->orient) RN_TRY(rn_orientation_read(&orientation, &c.marks));
    *out = image;
    *out_orientation = orientation;
    image = NULL;
done:
    resnet_image_free(image);
    return status;
}

resnet_status rn_webp_measure(size_t *out_width, size_t *out_height, int *out_orientation,
                              const uint8_t *bytes, size_t size,
                              const resnet_image_options *options)
{
    container c;
    resnet_status status;
    RN_TRY(open_container(&c, bytes, size, options));
    *out_width = c.width;
    *out_height = c.height;
    if (options->orient) status = rn_orientation_read(out_orientation, &c.marks);
done:
    return status;
}
