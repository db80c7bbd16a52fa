/* A host's own pixels, and the way back to a file. SPDX-License-Identifier: MIT */
#include "golden.h"

#include "core/mem.h"

#include <unistd.h>

static resnet_image *from(const uint8_t *pixels, size_t width, size_t height, size_t stride,
                          int32_t layout, const resnet_image_options *options)
{
    resnet_image *image = NULL;
    assert_ok(resnet_image_from_pixels(&image, pixels, width, height, stride, layout, options));
    return image;
}

static void assert_pixels(resnet_image *image, const uint8_t *expected, size_t size)
{
    assert_memory_equal(resnet_image_get_pixels(image), expected, size);
    resnet_image_free(image);
}

static void takes_every_layout(void **state)
{
    (void)state;
    static const uint8_t rgb[6] = {1, 2, 3, 4, 5, 6};
    static const uint8_t bgr[6] = {3, 2, 1, 6, 5, 4};
    static const uint8_t rgba[8] = {1, 2, 3, 255, 4, 5, 6, 255};
    static const uint8_t bgra[8] = {3, 2, 1, 255, 6, 5, 4, 255};
    static const uint8_t gray[2] = {7, 8}, gray_rgb[6] = {7, 7, 7, 8, 8, 8};
    assert_pixels(from(rgb, 2, 1, 0, RESNET_PIXELS_RGB, NULL), rgb, 6);
    assert_pixels(from(bgr, 2, 1, 0, RESNET_PIXELS_BGR, NULL), rgb, 6);
    assert_pixels(from(rgba, 2, 1, 0, RESNET_PIXELS_RGBA, NULL), rgb, 6);
    assert_pixels(from(bgra, 2, 1, 0, RESNET_PIXELS_BGRA, NULL), rgb, 6);
    assert_pixels(from(gray, 2, 1, 0, RESNET_PIXELS_GRAY, NULL), gray_rgb, 6);
}

static void follows_the_stride(void **state)
{
    (void)state;
    static const uint8_t padded[10] = {1, 2, 3, 0, 0, 4, 5, 6, 0, 0}, tight[6] = {1, 2, 3, 4, 5, 6};
    assert_pixels(from(padded, 1, 2, 5, RESNET_PIXELS_RGB, NULL), tight, 6);
}

/* Every colour, alpha and a few backgrounds against the exact quotient, rounded. */
static void blends_to_nearest(void **state)
{
    (void)state;
    resnet_image_options options = golden_options();
    for (unsigned background = 0; background < 256; background += 51) {
        options.background_rgb = background << 16 | background << 8 | background;
        for (unsigned alpha = 0; alpha < 256; alpha++) {
            uint8_t rgba[256 * 4], expected[256 * 3];
            for (unsigned c = 0; c < 256; c++) {
                const double exact = (c * (double)alpha + background * (255.0 - alpha)) / 255.0;
                memset(rgba + c * 4, (int)c, 3);
                rgba[c * 4 + 3] = (uint8_t)alpha;
                memset(expected + c * 3, (int)(exact + 0.5), 3);
            }
            assert_pixels(from(rgba, 256, 1, 0, RESNET_PIXELS_RGBA, &options), expected, 768);
        }
    }
    options.alpha = RESNET_ALPHA_DROP;
    static const uint8_t clear[4] = {9, 8, 7, 0}, kept[3] = {9, 8, 7};
    assert_pixels(from(clear, 1, 1, 0, RESNET_PIXELS_RGBA, &options), kept, 3);
}

static void rejects_bad_arguments(void **state)
{
    (void)state;
    static const uint8_t pixels[12];
    resnet_image *image = NULL;
    resnet_image_options options = golden_options();
    options.max_pixels = 3;
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 2, 2, 0, 0, &options),
                     RESNET_E_UNSUPPORTED);
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 2, 2, 5, 0, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 0, 2, 0, 0, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 2, 2, 0, 5, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 2, 2, 0, -1, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_from_pixels(&image, NULL, 2, 2, 0, 0, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_from_pixels(NULL, pixels, 2, 2, 0, 0, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_from_pixels(&image, pixels, SIZE_MAX / 2, 8, 0, 0, NULL),
                     RESNET_E_UNSUPPORTED);
    assert_null(image);
}

static void saves_what_it_loads(void **state)
{
    (void)state;
    char path[] = "/tmp/test_pixels_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    resnet_image *image = golden_noise(61, 43, 11), *again = NULL;
    assert_ok(resnet_image_save_png(image, path));
    assert_ok(resnet_image_load(&again, path, NULL));
    golden_assert_equal(again, image);
    resnet_image_free(again);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_image_save_png(image, path);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    unlink(path);
    assert_int_equal(resnet_image_save_png(image, "/nowhere/x.png"), RESNET_E_NOT_FOUND);
    assert_int_equal(resnet_image_save_png(NULL, path), RESNET_E_INVALID);
    resnet_bytes *encoded = NULL;
    resnet_image *decoded = NULL;
    assert_ok(resnet_image_encode_png(&encoded, image));
    assert_ok(resnet_image_decode(&decoded, resnet_bytes_get_data(encoded),
                                  resnet_bytes_get_size(encoded), NULL));
    assert_memory_equal(resnet_image_get_pixels(decoded), resnet_image_get_pixels(image),
                        resnet_image_get_width(image) * resnet_image_get_height(image) * 3);
    resnet_image_free(decoded);
    resnet_bytes_free(encoded);
    resnet_bytes_free(NULL);
    assert_int_equal(resnet_image_encode_png(NULL, image), RESNET_E_INVALID);
    assert_int_equal(resnet_image_encode_png(&encoded, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_save_png(image, NULL), RESNET_E_INVALID);
    resnet_image_free(image);
}

static void reads_options_of_other_releases(void **state)
{
    (void)state;
    struct {
        resnet_image_options known;
        uint64_t later;
    } future;
    resnet_image *image = NULL;
    static const uint8_t pixels[3];
    assert_ok(resnet_image_options_init(&future.known, sizeof future));
    assert_int_equal(future.known.struct_size, sizeof future);
    assert_ok(resnet_image_from_pixels(&image, pixels, 1, 1, 0, 0, &future.known));
    resnet_image_free(image);
    image = NULL;
    future.later = 1;
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 1, 1, 0, 0, &future.known),
                     RESNET_E_UNSUPPORTED);
    future.known.struct_size = 8;
    assert_int_equal(resnet_image_from_pixels(&image, pixels, 1, 1, 0, 0, &future.known),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_image_options_init(NULL, 48), RESNET_E_INVALID);
    assert_int_equal(resnet_image_options_init(&future.known, 40), RESNET_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_layout),  cmocka_unit_test(follows_the_stride),
        cmocka_unit_test(blends_to_nearest),   cmocka_unit_test(rejects_bad_arguments),
        cmocka_unit_test(saves_what_it_loads), cmocka_unit_test(reads_options_of_other_releases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
