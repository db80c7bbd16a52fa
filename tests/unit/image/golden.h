/** The tables expected.txt of tests/golden/image/ and tests/golden/augment/, and the pictures.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_IMAGE_GOLDEN_H
#define RN_TESTS_IMAGE_GOLDEN_H

#include "check.h"

#include <stdint.h>

#include <resnet/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_FILE(name) GOLDEN_DIR "/image/" name

static inline uint64_t golden_hash(const void *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static inline uint64_t golden_image_hash(const resnet_image *image)
{
    return golden_hash(resnet_image_get_pixels(image),
                       resnet_image_get_width(image) * resnet_image_get_height(image) * 3);
}

static inline resnet_image *golden_load(const char *name, const resnet_image_options *options)
{
    char path[512];
    resnet_image *image = NULL;
    snprintf(path, sizeof path, "%s%s", GOLDEN_FILE(""), name);
    if (resnet_image_load(&image, path, options) != RESNET_OK) fail_msg("%s", resnet_last_error());
    return image;
}

/** The whole file; the caller frees it with free(). */
static inline uint8_t *golden_read(const char *name, size_t *out_size)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", GOLDEN_FILE(""), name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc(1 << 16);
    assert_non_null(bytes);
    *out_size = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

/** Calls `check` with what follows the word on each line of a table that starts with it; returns
 * how many. */
static inline int golden_each_in(const char *table, const char *word,
                                 void (*check)(const char *rest))
{
    char line[256];
    int count = 0;
    const size_t length = strlen(word);
    FILE *file = fopen(table, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, word, length) == 0 && line[length] == ' ') {
            check(line + length + 1);
            count++;
        }
    fclose(file);
    return count;
}

static inline int golden_each(const char *word, void (*check)(const char *rest))
{
    return golden_each_in(GOLDEN_FILE("expected.txt"), word, check);
}

static inline resnet_image_options golden_options(void)
{
    resnet_image_options options;
    assert_ok(resnet_image_options_init(&options, sizeof options));
    return options;
}

/** An image of pseudo-random pixels. */
static inline resnet_image *golden_noise(size_t width, size_t height, uint32_t seed)
{
    resnet_image *image = NULL;
    uint8_t *pixels = malloc(width * height * 3);
    assert_non_null(pixels);
    for (size_t i = 0; i < width * height * 3; i++) {
        seed = seed * 1664525u + 1013904223u;
        pixels[i] = (uint8_t)(seed >> 24);
    }
    assert_ok(resnet_image_from_pixels(&image, pixels, width, height, 0, RESNET_PIXELS_RGB, NULL));
    free(pixels);
    return image;
}

static inline void golden_assert_equal(const resnet_image *a, const resnet_image *b)
{
    assert_int_equal(resnet_image_get_width(a), resnet_image_get_width(b));
    assert_int_equal(resnet_image_get_height(a), resnet_image_get_height(b));
    assert_memory_equal(resnet_image_get_pixels(a), resnet_image_get_pixels(b),
                        resnet_image_get_width(a) * resnet_image_get_height(a) * 3);
}

#endif
