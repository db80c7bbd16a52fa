/* What is drawn and that it is drawn again; the operators have tests of their own.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include "core/mem.h"
#include "image/augment.h"
#include "image/region.h"
#include "image/resize.h"

#include <math.h>

static const char *const preset_names[] = {"none", "light", "keras", "imagenet", "trivial"};
#define N_PRESETS (sizeof preset_names / sizeof preset_names[0])

static rn_augment_plan make_plan(const char *preset, uint32_t size)
{
    resnet_augment augment;
    resnet_recipe recipe;
    rn_augment_plan plan;
    assert_ok(resnet_augment_init(&augment, sizeof augment, preset));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_recipe_set_size(&recipe, size));
    assert_ok(rn_augment_plan_init(&plan, &augment, &recipe));
    return plan;
}

static resnet_image *apply(const resnet_image *image, const rn_augment_plan *plan, uint64_t seed,
                           uint64_t epoch, uint64_t sample)
{
    resnet_image *out = NULL;
    assert_ok(rn_augment_apply(&out, image, plan, (rn_showing){seed, epoch, sample}));
    assert_int_equal(resnet_image_get_width(out), plan->recipe.crop_width);
    assert_int_equal(resnet_image_get_height(out), plan->recipe.crop_height);
    return out;
}

static uint64_t hash_of(const resnet_image *image, const rn_augment_plan *plan, uint64_t seed,
                        uint64_t epoch, uint64_t sample)
{
    resnet_image *changed = apply(image, plan, seed, epoch, sample);
    const uint64_t hash = golden_image_hash(changed);
    resnet_image_free(changed);
    return hash;
}

static void draws_follow_seed_epoch_and_sample(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(80, 60, 1);
    for (size_t i = 1; i < N_PRESETS; i++) {
        const rn_augment_plan plan = make_plan(preset_names[i], 48);
        const uint64_t hash = hash_of(image, &plan, 1, 2, 3);
        assert_int_equal(hash_of(image, &plan, 1, 2, 3), hash);
        assert_int_not_equal(hash_of(image, &plan, 2, 2, 3), hash);
        assert_int_not_equal(hash_of(image, &plan, 1, 3, 3), hash);
        assert_int_not_equal(hash_of(image, &plan, 1, 2, 4), hash);
    }
    resnet_image_free(image);
}

static void none_is_the_recipes_crop(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(70, 50, 4), *crop = NULL;
    const rn_augment_plan plan = make_plan("none", 40);
    rn_view view;
    assert_ok(rn_recipe_view(&view, &plan.recipe, 70, 50));
    assert_ok(rn_resize_view(&crop, image, &view));
    assert_int_equal(hash_of(image, &plan, 5, 6, 7), golden_image_hash(crop));
    resnet_image_free(crop);
    resnet_image_free(image);
}

static void a_file_gives_the_same_pixels(void **state)
{
    static const char *const names[] = {"wide-2x2.jpg", "wide-progressive.jpg", "oriented-6.jpg",
                                        "type2-8bit.png"};
    (void)state;
    const resnet_image_options options = golden_options();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (uint64_t sample = 0; sample < 10; sample++) {
            const rn_augment_plan plan = make_plan(preset_names[sample % N_PRESETS], 32);
            const rn_showing showing = {9, 1, sample};
            size_t size;
            uint8_t *bytes = golden_read(names[i], &size);
            resnet_image *image = golden_load(names[i], NULL), *direct = NULL;
            assert_ok(rn_augment_decode(&direct, bytes, size, &options, &plan, showing));
            assert_int_equal(golden_image_hash(direct), hash_of(image, &plan, 9, 1, sample));
            resnet_image_free(direct);
            resnet_image_free(image);
            free(bytes);
        }
}

/* A picture whose left half is black and right half white tells whether it was mirrored. */
static void flips_as_often_as_asked(void **state)
{
    (void)state;
    uint8_t pixels[32 * 32];
    resnet_image *image = NULL;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = i % 32 < 16 ? 0 : 255;
    assert_ok(resnet_image_from_pixels(&image, pixels, 32, 32, 0, RESNET_PIXELS_GRAY, NULL));
    rn_augment_plan plan = make_plan("none", 32);
    plan.recipe.resize_mode = RESNET_RESIZE_NONE;
    plan.augment.horizontal_flip = 0.25f;
    int count = 0;
    for (uint64_t sample = 0; sample < 2000; sample++) {
        resnet_image *changed = apply(image, &plan, 0, 0, sample);
        count += resnet_image_get_pixels(changed)[0] == 255;
        resnet_image_free(changed);
    }
    assert_in_range(count, 500 - 80, 500 + 80); /* four standard deviations */
    resnet_image_free(image);
}

/* A random crop of a picture in which each pixel tells where it is. */
static void random_crops_reach_every_offset(void **state)
{
    (void)state;
    uint8_t pixels[36 * 34 * 3];
    int seen[7][9] = {{0}};
    resnet_image *image = NULL;
    for (size_t y = 0; y < 34; y++)
        for (size_t x = 0; x < 36; x++)
            memcpy(pixels + (y * 36 + x) * 3, (uint8_t[3]){(uint8_t)(x + 1), (uint8_t)(y + 1), 7},
                   3);
    assert_ok(resnet_image_from_pixels(&image, pixels, 36, 34, 0, RESNET_PIXELS_RGB, NULL));
    rn_augment_plan plan = make_plan("none", 32);
    plan.recipe.resize_mode = RESNET_RESIZE_NONE;
    plan.augment.crop = RESNET_CROP_RANDOM;
    plan.augment.crop_padding = 2;
    for (uint64_t sample = 0; sample < 2000; sample++) {
        resnet_image *changed = apply(image, &plan, 0, 0, sample);
        const uint8_t *middle = resnet_image_get_pixels(changed) + (16 * 32 + 16) * 3;
        const int left = middle[0] - 17, top = middle[1] - 17;
        assert_true(left >= -2 && left <= 6 && top >= -2 && top <= 4);
        seen[top + 2][left + 2]++;
        resnet_image_free(changed);
    }
    for (int top = 0; top < 7; top++)
        for (int left = 0; left < 9; left++) assert_in_range(seen[top][left], 8, 70);
    resnet_image_free(image);
}

static void regions_fit_and_spread(void **state)
{
    (void)state;
    const float scale[2] = {0.08f, 1}, ratio[2] = {0.75f, 4 / 3.f};
    double area = 0, log_ratio = 0;
    const int count = 4000;
    for (int i = 0; i < count; i++) {
        rn_rng rng = rn_rng_make(3, RN_RNG_AUGMENT, 0, (uint64_t)i);
        const rn_rect r = rn_region_draw_crop(&rng, 500, 375, scale, ratio);
        assert_true(r.width > 0 && r.height > 0 && r.left + r.width <= 500 &&
                    r.top + r.height <= 375);
        area += (double)(r.width * r.height) / (500.0 * 375.0) / count;
        log_ratio += log((double)r.width / (double)r.height) / count;
    }
    /* torchvision's means over 30,000 draws at this size */
    assert_true(fabs(area - 0.430) < 0.015);
    assert_true(fabs(log_ratio - 0.031) < 0.015);
}

static void regions_fall_back_to_the_centre(void **state)
{
    (void)state;
    const float ratio[2] = {0.75f, 4 / 3.f};
    const rn_rect wide = rn_region_fall_back(1000, 12, ratio);
    assert_int_equal(wide.width, 16);
    assert_int_equal(wide.height, 12);
    assert_int_equal(wide.left, 492);
    const rn_rect tall = rn_region_fall_back(12, 1000, ratio);
    assert_int_equal(tall.height, 16);
    assert_int_equal(tall.top, 492);
    const rn_rect pixel = rn_region_fall_back(1, 1, ratio);
    assert_int_equal(pixel.width * pixel.height, 1);
}

static void erases_with_the_mean(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(32, 32, 1);
    rn_augment_plan plan = make_plan("none", 32);
    plan.recipe.resize_mode = RESNET_RESIZE_NONE;
    plan.augment.erasing_p = 1;
    for (uint64_t sample = 0; sample < 50; sample++) {
        resnet_image *changed = apply(image, &plan, 0, 0, sample);
        size_t n_erased = 0;
        for (size_t i = 0; i < 32 * 32; i++) {
            const uint8_t *pixel = resnet_image_get_pixels(changed) + i * 3;
            if (memcmp(pixel, (uint8_t[3]){124, 116, 104}, 3) == 0)
                n_erased++;
            else
                assert_memory_equal(pixel, resnet_image_get_pixels(image) + i * 3, 3);
        }
        assert_in_range(n_erased, 14, 350); /* 0.02 to 0.33 of 1024, rounded to whole sides */
        resnet_image_free(changed);
    }
    resnet_image_free(image);
}

static void survives_want_of_memory(void **state)
{
    (void)state;
    resnet_image *image = golden_noise(50, 40, 1);
    for (size_t i = 0; i < N_PRESETS; i++) {
        rn_augment_plan plan = make_plan(preset_names[i], 32);
        plan.augment.random_rotation = 10;
        resnet_image *out = NULL;
        resnet_status status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status != RESNET_OK; k++) {
            rn_mem_fail_at(k);
            status = rn_augment_apply(&out, image, &plan, (rn_showing){1, 1, 1});
            rn_mem_fail_at(0);
            if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        }
        resnet_image_free(out);
    }
    resnet_image_free(image);
}

static void assert_refused(const resnet_augment *augment, const char *field)
{
    resnet_image *image = golden_noise(8, 8, 1), *out = NULL;
    assert_int_equal(resnet_augment_image(&out, image, augment, NULL, 0, 0, 0), RESNET_E_INVALID);
    assert_null(out);
    assert_non_null(strstr(resnet_last_error(), field));
    resnet_image_free(image);
}

static void names_the_bad_field(void **state)
{
    (void)state;
    resnet_augment good, bad;
    assert_ok(resnet_augment_init(&good, sizeof good, NULL));
    bad = good, bad.crop = 3, assert_refused(&bad, "crop");
    bad = good, bad.fill_mode = -1, assert_refused(&bad, "fill_mode");
    bad = good, bad.policy = 9, assert_refused(&bad, "policy");
    bad = good, bad.horizontal_flip = 1.5f, assert_refused(&bad, "horizontal_flip");
    bad = good, bad.rotation_range = NAN, assert_refused(&bad, "rotation_range");
    bad = good, bad.zoom_range[0] = 0, assert_refused(&bad, "zoom_range");
    bad = good, bad.zoom_range[0] = 2, assert_refused(&bad, "zoom_range");
    bad = good, bad.resized_crop_scale[1] = 1.5f, assert_refused(&bad, "resized_crop_scale");
    bad = good, bad.magnitude = 31, assert_refused(&bad, "magnitude");
    bad = good, bad.num_magnitude_bins = 1, assert_refused(&bad, "num_magnitude_bins");
    bad = good, bad.reserved = 1, assert_refused(&bad, "reserved");
    assert_refused(NULL, "augment");
    assert_int_equal(resnet_augment_init(&bad, sizeof bad, "heavy"), RESNET_E_INVALID);
    assert_int_equal(resnet_augment_init(NULL, sizeof bad, "none"), RESNET_E_INVALID);
    assert_int_equal(resnet_augment_init(&bad, 8, "none"), RESNET_E_INVALID);
    assert_int_equal(resnet_augment_image(NULL, NULL, &good, NULL, 0, 0, 0), RESNET_E_INVALID);
}

/* Extreme fields on tiny pictures: nothing but a picture of the crop's size may come of it. */
static void takes_everything_at_once(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {1, 90}, {90, 1}, {2, 3}, {64, 48}};
    (void)state;
    for (uint64_t sample = 0; sample < 60; sample++) {
        rn_augment_plan plan = make_plan("trivial", 32);
        resnet_augment *a = &plan.augment;
        a->crop = (int32_t)(sample % 3);
        a->crop_padding = sample % 4 ? 5 : 100;
        a->rotation_range = 360, a->width_shift_range = 50, a->height_shift_range = 0.9f;
        a->shear_range = 89, a->zoom_range[0] = 1e-4f, a->zoom_range[1] = 1e4f;
        a->fill_mode = (int32_t)(sample % 4);
        a->vertical_flip = 1, a->random_rotation = 360;
        a->policy = (int32_t)(sample % 3), a->num_ops = 5, a->magnitude = 30;
        a->jitter_brightness = a->jitter_contrast = a->jitter_saturation = 60000;
        a->jitter_hue = 0.5f, a->channel_shift_range = 255, a->brightness_range[1] = 1e4f;
        a->erasing_p = 1, a->erasing_scale[1] = 1;
        const size_t *size = sizes[sample % 5];
        resnet_image *image = golden_noise(size[0], size[1], 1);
        resnet_image_free(apply(image, &plan, 1, 1, sample));
        resnet_image_free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_seed_epoch_and_sample),
        cmocka_unit_test(none_is_the_recipes_crop),
        cmocka_unit_test(a_file_gives_the_same_pixels),
        cmocka_unit_test(flips_as_often_as_asked),
        cmocka_unit_test(random_crops_reach_every_offset),
        cmocka_unit_test(regions_fit_and_spread),
        cmocka_unit_test(regions_fall_back_to_the_centre),
        cmocka_unit_test(erases_with_the_mean),
        cmocka_unit_test(survives_want_of_memory),
        cmocka_unit_test(names_the_bad_field),
        cmocka_unit_test(takes_everything_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
