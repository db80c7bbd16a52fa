/* Damaged JPEG, PNG and WebP files through every way a picture can be read.
 * SPDX-License-Identifier: MIT */
#include "mutants.h"

#include "image/augment.h"

static uint32_t read_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t crc32(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* Corrects the checksum of each PNG chunk; otherwise no mutant would get past them. */
static void repair_checksums(uint8_t *bytes, size_t size)
{
    size_t at = 8;
    while (size >= 12 && at <= size - 12) {
        const uint32_t length = read_be32(bytes + at);
        if (length > size - 12 - at) return;
        const uint32_t crc = crc32(bytes + at + 4, (size_t)length + 4);
        uint8_t *place = bytes + at + 8 + length;
        for (int i = 0; i < 4; i++) place[i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + (size_t)length;
    }
}

static void read_whole(const uint8_t *bytes, size_t size, const resnet_image_options *options)
{
    resnet_image *image = NULL;
    if (resnet_image_decode(&image, bytes, size, options) == RESNET_OK) resnet_image_free(image);
}

static void read_part(const uint8_t *bytes, size_t size, const resnet_image_options *options)
{
    resnet_augment augment;
    resnet_recipe recipe;
    rn_augment_plan plan;
    resnet_image *image = NULL;
    const rn_showing showing = {size, 0, 0};
    if (resnet_augment_init(&augment, sizeof augment, "trivial") != RESNET_OK ||
        resnet_recipe_init(&recipe, sizeof recipe, NULL) != RESNET_OK ||
        resnet_recipe_set_size(&recipe, 32) != RESNET_OK ||
        rn_augment_plan_init(&plan, &augment, &recipe) != RESNET_OK)
        abort();
    if (rn_augment_decode(&image, bytes, size, options, &plan, showing) == RESNET_OK)
        resnet_image_free(image);
}

static void fuzz_one(uint8_t *bytes, size_t size)
{
    resnet_image_options options;
    if (resnet_image_options_init(&options, sizeof options) != RESNET_OK) abort();
    options.max_pixels = 1 << 20;
    if (size > 8 && bytes[0] == 0x89) repair_checksums(bytes, size);
    read_whole(bytes, size, &options);
    read_part(bytes, size, &options);
    options.keep_damaged = 1;
    options.alpha = RESNET_ALPHA_DROP;
    read_whole(bytes, size, &options);
    options.shrink_to = 16;
    read_part(bytes, size, &options);
}

static int is_picture(const struct dirent *entry)
{
    return strstr(entry->d_name, ".jpg") || strstr(entry->d_name, ".png") ||
           strstr(entry->d_name, ".webp");
}

FUZZ_PROGRAM(GOLDEN_DIR "/image", is_picture)
