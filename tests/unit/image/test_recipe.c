/* Recipes against the same steps done with Pillow and numpy. SPDX-License-Identifier: MIT */
#include "golden.h"

#include "core/mem.h"

#include <inttypes.h>
#include <math.h>
#include <resnet/augment.h>
#include <sys/resource.h>

static resnet_recipe make_recipe(const char *name, uint32_t size)
{
    resnet_recipe recipe;
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, name));
    assert_ok(resnet_recipe_set_size(&recipe, size));
    return recipe;
}

static void check_prepare(const char *rest)
{
    char name[64], recipe_name[32];
    uint32_t size;
    uint64_t hash;
    assert_int_equal(sscanf(rest, "%63s %31s %u %" SCNx64, name, recipe_name, &size, &hash), 4);
    const resnet_recipe recipe = make_recipe(recipe_name, size);
    const size_t count = 3 * (size_t)size * size;
    float *input = malloc(count * sizeof *input);
    resnet_image *image = golden_load(name, NULL);
    assert_ok(resnet_image_prepare(input, count, image, &recipe));
    if (golden_hash(input, count * sizeof *input) != hash)
        fail_msg("%s at %u px differs", recipe_name, size);

    size_t file_size;
    uint8_t *bytes = golden_read(name, &file_size);
    memset(input, 0, count * sizeof *input);
    assert_ok(resnet_image_prepare_bytes(input, count, bytes, file_size, &recipe, NULL));
    assert_int_equal(golden_hash(input, count * sizeof *input), hash);
    free(bytes);
    resnet_image_free(image);
    free(input);
}

static void prepares_as_the_reference(void **state)
{
    (void)state;
    assert_true(golden_each("prepare", check_prepare) >= 18);
}

static void scales_its_sizes(void **state)
{
    (void)state;
    const resnet_recipe recipe = make_recipe("torchvision-v1", 448);
    assert_int_equal(recipe.resize_size, 512);
    assert_int_equal(recipe.crop_width, 448);
    assert_int_equal(make_recipe("torchvision-v2", 225).resize_size, 233);
    resnet_recipe small = recipe;
    assert_int_equal(resnet_recipe_set_size(&small, 31), RESNET_E_INVALID);
    assert_int_equal(resnet_recipe_set_size(NULL, 224), RESNET_E_INVALID);
    assert_memory_equal(&small, &recipe, sizeof small);
}

static void prepares_from_a_file(void **state)
{
    (void)state;
    static float input[3 * 224 * 224], expected[3 * 224 * 224];
    const size_t count = sizeof input / sizeof input[0];
    resnet_recipe recipe;
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_string_equal(recipe.name, "torchvision-v1");
    assert_ok(
        resnet_image_prepare_file(input, count, GOLDEN_FILE("oriented-6.jpg"), &recipe, NULL));
    resnet_image *image = golden_load("oriented-6.jpg", NULL);
    assert_ok(resnet_image_prepare(expected, count, image, &recipe));
    assert_memory_equal(input, expected, sizeof input);
    resnet_image_free(image);
    assert_int_equal(resnet_image_prepare_file(input, count, GOLDEN_FILE("cut.jpg"), &recipe, NULL),
                     RESNET_E_FORMAT);
    assert_non_null(strstr(resnet_last_error(), "cut.jpg"));
}

/* A picture smaller than the crop lies in the middle of black. */
static void pads_small_pictures(void **state)
{
    (void)state;
    static float input[3 * 32 * 32];
    resnet_recipe recipe = make_recipe("unit", 32);
    recipe.resize_mode = RESNET_RESIZE_NONE;
    resnet_image *image = golden_noise(3, 2, 9);
    assert_ok(resnet_image_prepare(input, 3 * 32 * 32, image, &recipe));
    const uint8_t *pixels = resnet_image_get_pixels(image);
    double sum = 0, expected = 0;
    for (size_t i = 0; i < 3 * 32 * 32; i++) sum += input[i];
    for (size_t i = 0; i < 18; i++) expected += pixels[i] / 255.f;
    assert_true(fabs(sum - expected) < 1e-4);
    assert_true(input[15 * 32 + 14] == pixels[0] / 255.f); /* red of the first pixel, at (14, 15) */
    resnet_image_free(image);
}

static void assert_refused(resnet_recipe recipe, const char *field)
{
    static float input[3 * 224 * 224];
    resnet_image *image = golden_noise(40, 40, 2);
    assert_int_equal(resnet_image_prepare(input, sizeof input / sizeof input[0], image, &recipe),
                     RESNET_E_INVALID);
    assert_non_null(strstr(resnet_last_error(), field));
    resnet_image_free(image);
}

static void names_the_bad_field(void **state)
{
    (void)state;
    resnet_recipe good, bad;
    assert_ok(resnet_recipe_init(&good, sizeof good, "timm"));
    assert_int_equal(resnet_recipe_init(&bad, sizeof bad, "alexnet"), RESNET_E_INVALID);
    assert_int_equal(resnet_recipe_init(NULL, sizeof bad, "timm"), RESNET_E_INVALID);
    assert_int_equal(resnet_recipe_init(&bad, 8, "timm"), RESNET_E_INVALID);
    bad = good, bad.resize_mode = 3, assert_refused(bad, "resize_mode");
    bad = good, bad.resize_filter = -1, assert_refused(bad, "resize_filter");
    bad = good, bad.resize_size = 0, assert_refused(bad, "resize_size");
    bad = good, bad.crop_width = 31, assert_refused(bad, "crop");
    bad = good, bad.crop_height = 1 << 30, assert_refused(bad, "crop");
    bad = good, bad.crop_width = bad.crop_height = 8193, assert_refused(bad, "crop");
    assert_int_equal(resnet_recipe_set_size(&bad, 8193), RESNET_E_INVALID);
    bad = good, bad.crop_height = 225, assert_refused(bad, "capacity");
    bad = good, bad.channel_order = 2, assert_refused(bad, "channel_order");
    bad = good, bad.divisor = 0, assert_refused(bad, "divisor");
    bad = good, bad.mean[1] = NAN, assert_refused(bad, "mean[1]");
    bad = good, bad.std[2] = 0, assert_refused(bad, "std[2]");
    bad = good, bad.struct_size = 8, assert_refused(bad, "struct_size");
    assert_int_equal(resnet_image_prepare(NULL, 0, NULL, &good), RESNET_E_INVALID);
}

/* Resized as a whole the picture would take 12 GB, and its ten views 24. */
static void narrow_pictures_cost_little(void **state)
{
    (void)state;
    enum { SIZE = 3 * 224 * 224 };
    const resnet_recipe recipe = make_recipe("torchvision-v1", 224);
    const resnet_recipe exact = make_recipe("unit", 224);
    float *inputs = malloc(10 * SIZE * sizeof *inputs);
    assert_non_null(inputs);
    for (int is_wide = 0; is_wide < 2; is_wide++) {
        resnet_image *narrow = golden_noise(is_wide ? 60000 : 1, is_wide ? 1 : 60000, 1);
        assert_ok(resnet_image_prepare_views(inputs, 10 * SIZE, narrow, &recipe, RESNET_VIEWS_TEN));
        assert_ok(resnet_image_prepare(inputs, SIZE, narrow, &recipe));
        assert_ok(resnet_image_prepare(inputs, SIZE, narrow, &exact));
        resnet_image_free(narrow);
    }
    resnet_image *thread = golden_noise(1, 20000000, 1);
    assert_int_equal(resnet_image_prepare(inputs, SIZE, thread, &exact), RESNET_E_UNSUPPORTED);
    assert_non_null(strstr(resnet_last_error(), "above the cap"));
    assert_int_equal(resnet_image_prepare(inputs, SIZE, thread, &recipe), RESNET_E_UNSUPPORTED);
    resnet_image_free(thread);
    free(inputs);
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_true(usage.ru_maxrss < 1 << 20); /* KiB */
}

static void survives_want_of_memory(void **state)
{
    (void)state;
    static float input[3 * 32 * 32];
    const resnet_recipe recipe = make_recipe("torchvision-v1", 32);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_image_prepare_file(input, 3 * 32 * 32, GOLDEN_FILE("wide-2x2.jpg"), &recipe,
                                           NULL);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prepares_as_the_reference),   cmocka_unit_test(scales_its_sizes),
        cmocka_unit_test(prepares_from_a_file),        cmocka_unit_test(pads_small_pictures),
        cmocka_unit_test(names_the_bad_field),         cmocka_unit_test(survives_want_of_memory),
        cmocka_unit_test(narrow_pictures_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
