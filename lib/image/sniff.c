/* SPDX-License-Identifier: MIT */
#include "image/sniff.h"

#include <string.h>

struct signature {
    const char *name;
    int32_t format; /* enum rn_image_format; 0: known but not read */
    size_t offset, length;
    const char *bytes;
};

static const struct signature signatures[] = {
    {"JPEG", RN_IMAGE_JPEG, 0, 3, "\xFF\xD8\xFF"},
    {"PNG", RN_IMAGE_PNG, 0, 8, "\x89PNG\r\n\x1A\n"},
    {"WebP", RN_IMAGE_WEBP, 0, 12, "RIFF????WEBP"}, /* the length of what follows */
    {"GIF", 0, 0, 4, "GIF8"},
    {"BMP", 0, 0, 2, "BM"},
    {"TIFF", 0, 0, 4, "II*\0"},
    {"TIFF", 0, 0, 4, "MM\0*"},
    {"AVIF", 0, 4, 8, "ftypavif"},
    {"HEIC", 0, 4, 7, "ftyphei"},
    {"HEIF", 0, 4, 8, "ftypmif1"},
    {"JPEG 2000", 0, 4, 4, "jP  "},
    {"JPEG XL", 0, 4, 4, "JXL "},
    {"JPEG XL", 0, 0, 2, "\xFF\x0A"},
    {"PDF", 0, 0, 4, "%PDF"},
};
#define N_SIGNATURES (sizeof signatures / sizeof signatures[0])

/* A question mark stands for any byte. */
static int is_alike(const char *signature, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (signature[i] != '?' && (uint8_t)signature[i] != bytes[i]) return 0;
    return 1;
}

static int matches(const struct signature *s, const uint8_t *bytes, size_t size)
{
    return size >= s->offset + s->length && is_alike(s->bytes, bytes + s->offset, s->length);
}

static int is_cut(const struct signature *s, const uint8_t *bytes, size_t size)
{
    return s->format && size < s->length && is_alike(s->bytes, bytes, size);
}

resnet_status rn_sniff(enum rn_image_format *out, const uint8_t *bytes, size_t size)
{
    if (size == 0) return rn_fail(RESNET_E_FORMAT, "empty: no image in it");
    for (size_t i = 0; i < N_SIGNATURES; i++) {
        const struct signature *s = &signatures[i];
        if (is_cut(s, bytes, size))
            return rn_fail(RESNET_E_FORMAT, "%s file cut after %zu bytes", s->name, size);
        if (!matches(s, bytes, size)) continue;
        if (!s->format)
            return rn_fail(RESNET_E_UNSUPPORTED, "a %s file: only JPEG, PNG and WebP are read",
                           s->name);
        *out = (enum rn_image_format)s->format;
        return RESNET_OK;
    }
    return rn_fail(RESNET_E_UNSUPPORTED, "no JPEG, PNG or WebP file");
}
