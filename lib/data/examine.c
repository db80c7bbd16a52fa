/* SPDX-License-Identifier: MIT */
#include "data/examine.h"

#include "core/file.h"
#include "core/mem.h"
#include "image/decode.h"
#include "image/image.h"
#include "image/sniff.h"

#include <stdio.h>
#include <string.h>

/* Closing marks may have padding or a program's own data behind them. */
#define TAIL_SIZE 4096

/* A WebP has its length at its beginning instead. */
static bool has_riff_length(const uint8_t *bytes, size_t size)
{
    const size_t length =
        bytes[4] | (size_t)bytes[5] << 8 | (size_t)bytes[6] << 16 | (size_t)bytes[7] << 24;
    return size >= 8 && length <= size - 8;
}

static bool has_end_mark(const uint8_t *bytes, size_t size, enum rn_image_format format)
{
    if (format == RN_IMAGE_WEBP) return has_riff_length(bytes, size);
    const size_t tail = size < TAIL_SIZE ? size : TAIL_SIZE;
    const char *mark = format == RN_IMAGE_JPEG ? "\xff\xd9" : "IEND\xae\x42\x60\x82";
    return memmem(bytes + size - tail, tail, mark, strlen(mark)) != NULL;
}

static void set_fault(rn_examination *out, int32_t fault)
{
    out->fault = fault;
    snprintf(out->message, sizeof out->message, "%s", resnet_last_error());
}

/* What a failed decode means. */
static void judge(rn_examination *out, resnet_status status, const uint8_t *bytes, size_t size,
                  enum rn_image_format format)
{
    if (status == RESNET_E_UNSUPPORTED)
        set_fault(out, RESNET_FINDING_TOO_LARGE);
    else if (!has_end_mark(bytes, size, format))
        set_fault(out, RESNET_FINDING_TRUNCATED);
    else
        set_fault(out, RESNET_FINDING_CORRUPT);
}

/* Fills in what a picture without fault shows. */
static resnet_status examine_bytes(rn_examination *out, const uint8_t *bytes, size_t size,
                                   const resnet_image_options *options)
{
    enum rn_image_format format;
    resnet_image *image = NULL;
    resnet_status status = rn_sniff(&format, bytes, size);
    if (status != RESNET_OK) {
        set_fault(out, size > 0 && status == RESNET_E_FORMAT ? RESNET_FINDING_TRUNCATED
                                                             : RESNET_FINDING_NOT_AN_IMAGE);
        return RESNET_OK;
    }
    status = rn_image_decode_oriented(&image, &out->orientation, bytes, size, options);
    if (status == RESNET_E_NOMEM) return status;
    if (status != RESNET_OK) {
        judge(out, status, bytes, size, format);
        return RESNET_OK;
    }
    out->width = image->width;
    out->height = image->height;
    out->fingerprint = rn_fingerprint_image(image);
    resnet_image_free(image);
    return RESNET_OK;
}

resnet_status rn_examine_file(rn_examination *out, const char *path,
                              const resnet_image_options *options)
{
    void *bytes = NULL;
    size_t size = 0;
    *out = (rn_examination){.fault = -1, .orientation = 1};
    resnet_status status = rn_file_read(&bytes, &size, path, options->max_bytes);
    if (status == RESNET_E_NOMEM) return status;
    if (status != RESNET_OK) {
        set_fault(out, status == RESNET_E_UNSUPPORTED ? RESNET_FINDING_TOO_LARGE
                                                      : RESNET_FINDING_UNREADABLE);
        const size_t prefix = strlen(path) + 2; /* "path: " */
        if (strncmp(out->message, path, strlen(path)) == 0 && strlen(out->message) > prefix)
            memmove(out->message, out->message + prefix, strlen(out->message) - prefix + 1);
        return RESNET_OK;
    }
    out->n_bytes = size;
    status = examine_bytes(out, bytes, size, options);
    rn_free(bytes);
    return status;
}
