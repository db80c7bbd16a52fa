/* Operators on fixed parameters against torchvision and Keras, mixing, and views.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include "image/affine.h"
#include "image/colour.h"
#include "image/mix.h"
#include "image/policy.h"

#include <inttypes.h>
#include <math.h>
#include <resnet/augment.h>

#define TABLE GOLDEN_DIR "/augment/expected.txt"

/* The next number of a line; moves on behind it. */
static double next(const char **rest)
{
    char *end;
    const double value = strtod(*rest, &end);
    assert_true(end != *rest);
    *rest = end;
    return value;
}

static resnet_image *next_image(const char **rest)
{
    char name[64];
    int length;
    assert_int_equal(sscanf(*rest, "%63s%n", name, &length), 1);
    *rest += length;
    return golden_load(name, NULL);
}

static void assert_hash(resnet_image *image, const char *rest, const char *what)
{
    uint64_t hash;
    assert_int_equal(sscanf(rest, "%" SCNx64, &hash), 1);
    if (golden_image_hash(image) != hash) fail_msg("%s differs", what);
    resnet_image_free(image);
}

static void check_op(const char *rest)
{
    char what[64];
    resnet_image *image = next_image(&rest);
    const enum rn_policy_op op = (enum rn_policy_op)next(&rest);
    const double magnitude = next(&rest);
    snprintf(what, sizeof what, "operator %d at %g", (int)op, magnitude);
    assert_ok(rn_policy_apply_op(&image, op, magnitude));
    assert_hash(image, rest, what);
}

static void check_hue(const char *rest)
{
    resnet_image *image = next_image(&rest);
    rn_colour_hue(image, next(&rest));
    assert_hash(image, rest, "hue");
}

static void check_shift(const char *rest)
{
    resnet_image *image = next_image(&rest), *square = NULL;
    const size_t width = resnet_image_get_width(image), height = resnet_image_get_height(image);
    const size_t side = width < height ? width : height;
    assert_ok(resnet_image_crop(&square, image, 0, 0, side, side));
    rn_colour_channel_shift(square, next(&rest));
    assert_hash(square, rest, "channel shift");
    resnet_image_free(image);
}

static void check_keras(const char *rest)
{
    resnet_image *image = next_image(&rest), *square = NULL;
    double p[6];
    const size_t width = resnet_image_get_width(image), height = resnet_image_get_height(image);
    const size_t side = width < height ? width : height;
    assert_ok(resnet_image_crop(&square, image, 0, 0, side, side));
    for (int i = 0; i < 6; i++) p[i] = next(&rest);
    const rn_affine affine = rn_affine_make_keras(side, side, p[0], p[1], p[2], p[3], p[4], p[5]);
    const int32_t fill = (int32_t)next(&rest);
    const double cval = next(&rest);
    assert_ok(rn_affine_linear(&square, &affine, fill, cval));
    assert_hash(square, rest, "Keras's affine transform");
    resnet_image_free(image);
}

static void check_magnitude(const char *rest)
{
    const int32_t policy = (int32_t)next(&rest);
    const enum rn_policy_op op = (enum rn_policy_op)next(&rest);
    const uint32_t bin = (uint32_t)next(&rest), bins = (uint32_t)next(&rest);
    const size_t width = (size_t)next(&rest), height = (size_t)next(&rest);
    const double expected = next(&rest);
    assert_true(rn_policy_magnitude(policy, op, bin, bins, width, height) == expected);
}

static void operators_equal_torchvisions(void **state)
{
    (void)state;
    assert_true(golden_each_in(TABLE, "op", check_op) > 200);
    assert_true(golden_each_in(TABLE, "hue", check_hue) > 5);
}

static void magnitudes_equal_torchvisions(void **state)
{
    (void)state;
    assert_true(golden_each_in(TABLE, "magnitude", check_magnitude) > 800);
}

static void transforms_equal_keras(void **state)
{
    (void)state;
    assert_true(golden_each_in(TABLE, "keras", check_keras) > 50);
    assert_true(golden_each_in(TABLE, "shift", check_shift) > 5);
}

#define SIDE 4
#define PIXELS (3 * SIDE * SIDE)

static void mixes_with_the_one_before(void **state)
{
    (void)state;
    float images[3][PIXELS], labels[3][2] = {{1, 0}, {0, 1}, {1, 0}}, scratch[PIXELS];
    for (int n = 0; n < 3; n++)
        for (int i = 0; i < PIXELS; i++) images[n][i] = (float)(n * 100 + i);
    const rn_mix mix = {.is_cut = 0, .share = 0.75};
    rn_mix_images(images[0], 3, SIDE, SIDE, &mix, scratch);
    rn_mix_labels(labels[0], 3, 2, &mix, scratch);
    for (int i = 0; i < PIXELS; i++) {
        assert_true(fabsf(images[0][i] - (0.75f * (float)i + 0.25f * (float)(200 + i))) < 1e-4f);
        assert_true(fabsf(images[1][i] - (75 + (float)i)) < 1e-4f);
        assert_true(fabsf(images[2][i] - (175 + (float)i)) < 1e-4f);
    }
    assert_true(labels[0][0] == 1 && labels[1][0] == 0.25f && labels[2][1] == 0.25f);
}

static void cuts_from_the_one_before(void **state)
{
    (void)state;
    float images[2][PIXELS], scratch[PIXELS];
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < PIXELS; i++) images[n][i] = (float)n;
    const rn_mix mix = {.is_cut = 1, .share = 0.875, .cut = {1, 2, 2, 1}};
    rn_mix_images(images[0], 2, SIDE, SIDE, &mix, scratch);
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < PIXELS; i++) {
            const int x = i % SIDE, y = i / SIDE % SIDE;
            const int is_inside = y == 2 && (x == 1 || x == 2);
            assert_true(images[n][i] == (float)(is_inside ? 1 - n : n));
        }
}

static void draws_mixes_of_the_right_share(void **state)
{
    (void)state;
    double mean = 0, square = 0;
    int n_cut = 0;
    const int count = 4000;
    for (int i = 0; i < count; i++) {
        const rn_mix mix = rn_mix_draw(0.4f, 0, 32, 32, 5, 1, (uint64_t)i);
        assert_false(mix.is_cut);
        mean += mix.share / count;
        square += mix.share * mix.share / count;
        const rn_mix either = rn_mix_draw(0.4f, 1, 32, 24, 5, 1, (uint64_t)i);
        n_cut += either.is_cut;
        if (!either.is_cut) continue;
        assert_true(either.cut.left + either.cut.width <= 32 &&
                    either.cut.top + either.cut.height <= 24);
        const double kept = 1 - (double)(either.cut.width * either.cut.height) / (32 * 24);
        assert_true(fabs(either.share - kept) < 1e-12);
    }
    assert_true(fabs(mean - 0.5) < 0.025);
    assert_true(fabs(square - mean * mean - 1 / (4 * 1.8)) < 0.01); /* 1 / (4 (2 alpha + 1)) */
    assert_in_range(n_cut, 1850, 2150);
}

static void ten_views_are_corners_centre_and_mirrors(void **state)
{
    (void)state;
    enum { CROP = 32, SIZE = 3 * CROP * CROP };
    static float views[10][SIZE], one[SIZE];
    resnet_recipe recipe;
    resnet_image *image = golden_noise(45, 40, 1);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "unit"));
    recipe.resize_mode = RESNET_RESIZE_NONE;
    recipe.crop_width = recipe.crop_height = CROP;
    assert_ok(resnet_image_prepare_views(views[0], 10 * SIZE, image, &recipe, RESNET_VIEWS_TEN));
    const uint8_t *pixels = resnet_image_get_pixels(image);
    static const size_t places[5][2] = {{0, 0}, {13, 0}, {0, 8}, {13, 8}, {6, 4}};
    for (size_t v = 0; v < 5; v++)
        for (size_t y = 0; y < CROP; y++)
            for (size_t x = 0; x < CROP; x++) {
                const size_t from_x = places[v][0] + x, from_y = places[v][1] + y;
                const uint8_t *plain = pixels + (from_y * 45 + from_x) * 3;
                const uint8_t *mirrored = pixels + (from_y * 45 + 44 - from_x) * 3;
                assert_true(views[v][y * CROP + x] == plain[0] / 255.f);
                assert_true(views[5 + v][y * CROP + x] == mirrored[0] / 255.f);
            }
    assert_ok(resnet_image_prepare(one, SIZE, image, &recipe));
    assert_memory_equal(one, views[4], sizeof one);
    assert_ok(resnet_image_prepare_views(views[0], 2 * SIZE, image, &recipe, RESNET_VIEWS_FLIP));
    assert_memory_equal(one, views[0], sizeof one);
    for (size_t x = 0; x < CROP; x++) assert_true(views[1][x] == one[CROP - 1 - x]);
    resnet_image_free(image);
}

static void views_need_room(void **state)
{
    (void)state;
    static float views[10 * 3 * 64 * 64];
    const size_t capacity = sizeof views / sizeof views[0];
    resnet_recipe recipe;
    resnet_image *image = golden_noise(45, 40, 1);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "unit"));
    recipe.resize_mode = RESNET_RESIZE_NONE;
    recipe.crop_width = recipe.crop_height = 64;
    assert_int_equal(resnet_image_prepare_views(views, capacity, image, &recipe, 10),
                     RESNET_E_UNSUPPORTED);
    assert_ok(resnet_image_prepare_views(views, capacity, image, &recipe, 2));
    assert_int_equal(resnet_image_prepare_views(views, capacity - 1, image, &recipe, 10),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_image_prepare_views(views, capacity, image, &recipe, 3),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_image_prepare_views(views, capacity, NULL, &recipe, 1),
                     RESNET_E_INVALID);
    resnet_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_equal_torchvisions),
        cmocka_unit_test(magnitudes_equal_torchvisions),
        cmocka_unit_test(transforms_equal_keras),
        cmocka_unit_test(mixes_with_the_one_before),
        cmocka_unit_test(cuts_from_the_one_before),
        cmocka_unit_test(draws_mixes_of_the_right_share),
        cmocka_unit_test(ten_views_are_corners_centre_and_mirrors),
        cmocka_unit_test(views_need_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
