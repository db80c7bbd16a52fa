/* Resizing and cropping against Pillow, and the fast loops against the plain ones.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include "core/mem.h"
#include "image/convolve.h"
#include "image/crop.h"

#include <inttypes.h>

static void check_resize(const char *rest)
{
    char name[64];
    size_t width, height;
    int filter;
    uint64_t hash;
    assert_int_equal(
        sscanf(rest, "%63s %d %zu %zu %" SCNx64, name, &filter, &width, &height, &hash), 5);
    resnet_image *image = golden_load(name, NULL), *resized = NULL;
    assert_ok(resnet_image_resize(&resized, image, width, height, filter));
    if (golden_image_hash(resized) != hash)
        fail_msg("%s, filter %d to %zu x %zu differs from Pillow", name, filter, width, height);
    resnet_image_free(resized);
    resnet_image_free(image);
}

static void resizes_as_pillow(void **state)
{
    (void)state;
    assert_true(golden_each("resize", check_resize) > 100);
}

/* Noise of 0 and 255 makes the bicubic filter overshoot on both sides. */
static resnet_image *extreme_noise(size_t width, size_t height)
{
    resnet_image *noise = golden_noise(width, height, 7), *image = NULL;
    uint8_t *pixels = malloc(width * height * 3);
    assert_non_null(pixels);
    for (size_t i = 0; i < width * height * 3; i++)
        pixels[i] = resnet_image_get_pixels(noise)[i] > 127 ? 255 : 0;
    assert_ok(resnet_image_from_pixels(&image, pixels, width, height, 0, RESNET_PIXELS_RGB, NULL));
    free(pixels);
    resnet_image_free(noise);
    return image;
}

static void compare_rows(const resnet_image *image, const rn_filter *filter,
                         const rn_convolve *fast)
{
    uint8_t expected[4096 + RN_CONVOLVE_SLACK] = {0}, found[4096 + RN_CONVOLVE_SLACK] = {0};
    const uint8_t *row = resnet_image_get_pixels(image) + filter->needed_start * 3;
    rn_convolve_plain.row(expected, row, filter->needed_start, filter);
    fast->row(found, row, filter->needed_start, filter);
    assert_memory_equal(expected, found, filter->n_out * 3);
}

static void compare_columns(const resnet_image *image, const rn_filter *filter,
                            const rn_convolve *fast)
{
    uint8_t expected[4096 + RN_CONVOLVE_SLACK], found[4096 + RN_CONVOLVE_SLACK];
    const size_t size = resnet_image_get_width(image) * 3;
    for (size_t i = 0; i < filter->n_out; i++) {
        const uint8_t *rows = resnet_image_get_pixels(image) + filter->starts[i] * size;
        const int32_t *weights = filter->weights + i * filter->n_taps;
        rn_convolve_plain.column(expected, rows, size, size - 32, weights, filter->n_taps);
        fast->column(found, rows, size, size - 32, weights, filter->n_taps);
        assert_memory_equal(expected, found, size - 32);
    }
}

static void fast_loops_equal_plain_ones(void **state)
{
    (void)state;
    const rn_convolve *fast = rn_convolve_get_avx2();
    if (!fast) skip();
    resnet_image *image = extreme_noise(97, 97);
    for (size_t out = 1; out < 300; out = out * 3 / 2 + 1)
        for (int32_t kind = RESNET_FILTER_BILINEAR; kind <= RESNET_FILTER_BICUBIC; kind++) {
            rn_filter filter;
            const size_t first = out / 5;
            assert_ok(rn_filter_create(&filter, 97, out, first, out - first, kind));
            compare_rows(image, &filter, fast);
            if (filter.needed_end - filter.needed_start >= filter.n_taps)
                compare_columns(image, &filter, fast);
            rn_filter_destroy(&filter);
        }
    resnet_image_free(image);
}

static void keeps_pixels_at_the_same_size(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(31, 17, 1);
    for (int32_t filter = RESNET_FILTER_NEAREST; filter <= RESNET_FILTER_BICUBIC; filter++) {
        resnet_image *same = NULL;
        assert_ok(resnet_image_resize(&same, image, 31, 17, filter));
        golden_assert_equal(same, image);
        resnet_image_free(same);
    }
    resnet_image_free(image);
}

static void rejects_bad_sizes(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(4, 4, 1), *out = NULL;
    assert_int_equal(resnet_image_resize(&out, image, 0, 4, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_image_resize(&out, image, 4, 0, 1), RESNET_E_INVALID);
    assert_int_equal(resnet_image_resize(&out, image, 4, 4, 3), RESNET_E_INVALID);
    assert_int_equal(resnet_image_resize(&out, image, 4, 4, -1), RESNET_E_INVALID);
    assert_int_equal(resnet_image_resize(&out, NULL, 4, 4, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_image_resize(NULL, image, 4, 4, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_image_resize(&out, image, 1000000, 1000000, 1), RESNET_E_UNSUPPORTED);
    assert_int_equal(resnet_image_resize(&out, image, SIZE_MAX, SIZE_MAX, 1), RESNET_E_UNSUPPORTED);
    assert_null(out);
    resnet_image_free(image);
}

static void survives_want_of_memory(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(40, 30, 3);
    for (int32_t filter = RESNET_FILTER_NEAREST; filter <= RESNET_FILTER_BICUBIC; filter++) {
        resnet_image *out = NULL;
        resnet_status status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status != RESNET_OK; k++) {
            rn_mem_fail_at(k);
            status = resnet_image_resize(&out, image, 13, 11, filter);
            rn_mem_fail_at(0);
            if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        }
        resnet_image_free(out);
    }
    resnet_image_free(image);
}

static const uint8_t black[3];

static const uint8_t *pixel_at(const resnet_image *image, int64_t x, int64_t y)
{
    const int64_t width = (int64_t)resnet_image_get_width(image);
    const int64_t height = (int64_t)resnet_image_get_height(image);
    if (x < 0 || y < 0 || x >= width || y >= height) return black;
    return resnet_image_get_pixels(image) + (y * width + x) * 3;
}

static void crops_and_pads(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(9, 7, 5);
    for (int64_t left = -12; left < 12; left += 3)
        for (int64_t top = -9; top < 9; top += 2) {
            resnet_image *cut = NULL;
            assert_ok(resnet_image_crop(&cut, image, left, top, 8, 6));
            for (int64_t y = 0; y < 6; y++)
                for (int64_t x = 0; x < 8; x++)
                    assert_memory_equal(pixel_at(cut, x, y), pixel_at(image, left + x, top + y), 3);
            resnet_image_free(cut);
        }
    resnet_image *out = NULL;
    assert_int_equal(resnet_image_crop(&out, image, 0, 0, 0, 6), RESNET_E_INVALID);
    assert_int_equal(resnet_image_crop(&out, image, INT64_MIN, 0, 6, 6), RESNET_E_INVALID);
    assert_int_equal(resnet_image_crop(&out, NULL, 0, 0, 6, 6), RESNET_E_INVALID);
    resnet_image_free(image);
}

static void rounds_as_torchvision(void **state)
{
    (void)state;
    /* int(round((size - crop) / 2.0)) in Python */
    assert_int_equal(rn_crop_center(224, 224), 0);
    assert_int_equal(rn_crop_center(225, 224), 0);
    assert_int_equal(rn_crop_center(227, 224), 2);
    assert_int_equal(rn_crop_center(229, 224), 2);
    assert_int_equal(rn_crop_center(341, 224), 58);
    assert_int_equal(rn_crop_center(20, 33), -6);
    assert_int_equal(rn_crop_scale_side(256, 500, 375), 341);
    assert_int_equal(rn_crop_scale_side(232, 500, 333), 348);
    assert_int_equal(rn_crop_scale_side(256, 256, 256), 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resizes_as_pillow),
        cmocka_unit_test(fast_loops_equal_plain_ones),
        cmocka_unit_test(keeps_pixels_at_the_same_size),
        cmocka_unit_test(rejects_bad_sizes),
        cmocka_unit_test(survives_want_of_memory),
        cmocka_unit_test(crops_and_pads),
        cmocka_unit_test(rounds_as_torchvision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
