/* The only file that sees jpeglib.h. libjpeg reports errors by calling error_exit, which must not
 * return: here it leaves by longjmp to the setjmp of the call in progress. What those calls change
 * and their error path reads lives in the handle, never in locals.
 * SPDX-License-Identifier: MIT */
#include "image/jpeg.h"

#include "core/mem.h"
#include "image/orientation.h"
#include "image/pixels.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct rn_jpeg {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    resnet_status status; /* why it escaped */
    resnet_image_options options;
    uint8_t *row_block;
    uint8_t *stored_row; /* as libjpeg gives it, within row_block */
    uint8_t *rgb_row;    /* for CMYK, else NULL */
};

/* Into an aligned row libjpeg-turbo writes past the cache, straight to memory, from where the row
 * would have to be fetched again at once. */
#define MISALIGNMENT 8

static resnet_status status_of(int code)
{
    switch (code) {
    case JERR_OUT_OF_MEMORY:
        return RESNET_E_NOMEM;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_IMAGE_TOO_BIG:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        return RESNET_E_UNSUPPORTED;
    default:
        return RESNET_E_FORMAT;
    }
}

static _Noreturn void escape_with(rn_jpeg *jpeg, resnet_status status)
{
    jpeg->status = status;
    longjmp(jpeg->escape, 1);
}

static void escape_with_message(j_common_ptr info, resnet_status status)
{
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    escape_with(info->client_data, rn_fail(status, "JPEG: %s", text));
}

static void on_error(j_common_ptr info)
{
    escape_with_message(info, status_of(info->err->msg_code));
}

/* Warnings after which part of the picture is invented. The others tell of stray bytes between
 * markers and the like, which real files have and nobody sees. */
static int is_loss(int code)
{
    return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
           code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC;
}

static void on_message(j_common_ptr info, int level)
{
    const rn_jpeg *jpeg = info->client_data;
    if (level < 0 && !jpeg->options.keep_damaged && is_loss(info->err->msg_code))
        escape_with_message(info, RESNET_E_FORMAT);
}

static void stay_silent(j_common_ptr info)
{
    (void)info;
}

static void on_progress(j_common_ptr info)
{
    rn_jpeg *jpeg = info->client_data;
    if (jpeg->info.input_scan_number > (int64_t)jpeg->options.max_scans)
        escape_with(jpeg, rn_fail(RESNET_E_UNSUPPORTED, "JPEG: more than the cap of %u scans",
                                  jpeg->options.max_scans));
}

static void connect(rn_jpeg *jpeg)
{
    jpeg->info.err = jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = on_error;
    jpeg->errors.emit_message = on_message;
    jpeg->errors.output_message = stay_silent;
    jpeg->info.client_data = jpeg;
}

/* Every power of two that leaves the shorter side at least shrink_to long. */
static unsigned choose_shrink(const struct jpeg_decompress_struct *info, uint32_t shrink_to)
{
    const unsigned side =
        info->image_width < info->image_height ? info->image_width : info->image_height;
    unsigned factor = 1;
    while (shrink_to && factor < 8 && side / (factor * 2) >= shrink_to) factor *= 2;
    return factor;
}

static void read_header(rn_jpeg *jpeg, const uint8_t *bytes, size_t size)
{
    struct jpeg_decompress_struct *info = &jpeg->info;
    jpeg_create_decompress(info);
    info->client_data = jpeg;
    jpeg->progress.progress_monitor = on_progress;
    info->progress = &jpeg->progress;
    jpeg_mem_src(info, bytes, size);
    if (jpeg->options.orient) jpeg_save_markers(info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(info, TRUE);
    const resnet_status status =
        rn_image_check_size(info->image_width, info->image_height, jpeg->options.max_pixels);
    if (status != RESNET_OK) escape_with(jpeg, status);
    if (info->num_components != 1 && info->num_components != 3 && info->num_components != 4)
        escape_with(jpeg, rn_fail(RESNET_E_UNSUPPORTED, "JPEG: %d colour components",
                                  info->num_components));
    info->out_color_space = info->num_components == 4 ? JCS_CMYK : JCS_RGB;
    info->scale_denom = choose_shrink(info, jpeg->options.shrink_to);
    jpeg_calc_output_dimensions(info);
}

resnet_status rn_jpeg_open(rn_jpeg **out, const uint8_t *bytes, size_t size,
                           const resnet_image_options *options)
{
    rn_jpeg *jpeg = rn_calloc(1, sizeof *jpeg);
    if (!jpeg) return RESNET_E_NOMEM;
    jpeg->options = *options;
    connect(jpeg);
    if (setjmp(jpeg->escape)) {
        const resnet_status status = jpeg->status;
        rn_jpeg_close(jpeg);
        return status;
    }
    read_header(jpeg, bytes, size);
    *out = jpeg;
    return RESNET_OK;
}

void rn_jpeg_close(rn_jpeg *jpeg)
{
    if (!jpeg) return;
    jpeg_destroy_decompress(&jpeg->info);
    rn_free(jpeg->row_block);
    rn_free(jpeg->rgb_row);
    rn_free(jpeg);
}

size_t rn_jpeg_get_width(const rn_jpeg *jpeg)
{
    return jpeg->info.output_width;
}

size_t rn_jpeg_get_height(const rn_jpeg *jpeg)
{
    return jpeg->info.output_height;
}

/* The first APP1 segment that starts with `identifier`: what follows that, or NULL. */
static const uint8_t *find_app1(const rn_jpeg *jpeg, const char *identifier, size_t length,
                                size_t *out_size)
{
    for (const struct jpeg_marker_struct *m = jpeg->info.marker_list; m; m = m->next) {
        if (m->data_length <= length || memcmp(m->data, identifier, length) != 0) continue;
        *out_size = m->data_length - length;
        return m->data + length;
    }
    return NULL;
}

resnet_status rn_jpeg_read_orientation(const rn_jpeg *jpeg, int *out)
{
    static const char EXIF[] = "Exif\0", XMP[] = "http://ns.adobe.com/xap/1.0/"; /* each and a 0 */
    rn_orientation_marks marks = {.exif = NULL};
    marks.exif = find_app1(jpeg, EXIF, sizeof EXIF, &marks.exif_size);
    marks.xmp = find_app1(jpeg, XMP, sizeof XMP, &marks.xmp_size);
    return rn_orientation_read(out, &marks);
}

static void allocate_rows(rn_jpeg *jpeg, size_t width)
{
    const size_t components = (size_t)jpeg->info.output_components;
    jpeg->row_block = rn_calloc(MISALIGNMENT + width * components + RN_IMAGE_SLACK, 1);
    if (components == 4) jpeg->rgb_row = rn_calloc(width * 3 + RN_IMAGE_SLACK, 1);
    if (!jpeg->row_block || (components == 4 && !jpeg->rgb_row)) escape_with(jpeg, RESNET_E_NOMEM);
    jpeg->stored_row = jpeg->row_block + MISALIGNMENT;
}

/* Restricts libjpeg to the columns wanted and returns the first it will give. The fancy upsampling
 * of chroma looks one sample to each side and invents it at the edge of what is decoded, hence the
 * margin. Scaled pictures come whole, since libjpeg miscounts the chroma columns of some, and so do
 * pictures that may be damaged: what it invents for missing coefficients depends on their
 * neighbours, which it then has to see. */
static size_t crop_columns(rn_jpeg *jpeg, const rn_rect *part)
{
    const size_t margin = 8, full = jpeg->info.output_width;
    const size_t left = part->left > margin ? part->left - margin : 0;
    size_t right = part->left + part->width + margin;
    if (right > full) right = full;
    if (jpeg->info.scale_denom > 1 || jpeg->options.keep_damaged || (left == 0 && right == full))
        return 0;
    JDIMENSION first = (JDIMENSION)left, count = (JDIMENSION)(right - left);
    jpeg_crop_scanline(&jpeg->info, &first, &count);
    return first;
}

static const uint8_t *next_row(rn_jpeg *jpeg)
{
    JSAMPROW row = jpeg->stored_row;
    jpeg_read_scanlines(&jpeg->info, &row, 1);
    if (!jpeg->rgb_row) return jpeg->stored_row;
    rn_pixels_cmyk_to_rgb(jpeg->rgb_row, jpeg->stored_row, jpeg->info.output_width);
    return jpeg->rgb_row;
}

/* Rows above and below the part are read too: damage in them must be found, and libjpeg's own
 * jpeg_skip_scanlines() goes astray in scaled pictures (seen in 2.1.5: it does not return). */
static void read_rows(rn_jpeg *jpeg, const rn_rect *part, rn_jpeg_take_row take_row, void *context)
{
    jpeg_start_decompress(&jpeg->info);
    const size_t first = crop_columns(jpeg, part);
    allocate_rows(jpeg, jpeg->info.output_width);
    for (size_t y = 0; y < jpeg->info.output_height; y++) {
        const uint8_t *row = next_row(jpeg);
        if (y >= part->top && y - part->top < part->height)
            take_row(context, row + (part->left - first) * 3);
    }
}

resnet_status rn_jpeg_read(rn_jpeg *jpeg, const rn_rect *part, rn_jpeg_take_row take_row,
                           void *context)
{
    if (setjmp(jpeg->escape)) return jpeg->status;
    read_rows(jpeg, part, take_row, context);
    return RESNET_OK;
}
