/* A host's own samples: added one by one, or made by a callback. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/loader.h"
#include "tree.h"

#include <stdatomic.h>

static tree t;
static const char *const NAMES[] = {"left", "right"};
static uint8_t bgra[40 * 36 * 4];

static int begin(void **state)
{
    (void)state;
    tree_create(&t);
    tree_add_png(&t, "file.png", 40, 36, 3);
    for (size_t i = 0; i < sizeof bgra; i++) bgra[i] = i % 4 == 3 ? 255 : (uint8_t)(i * 11);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_remove(&t);
    return 0;
}

static size_t read_file(uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(tree_path(&t, "file.png"), "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

static resnet_status build(resnet_dataset **out)
{
    static uint8_t bytes[20000];
    const size_t size = read_file(bytes, sizeof bytes);
    resnet_dataset_builder *builder = NULL;
    resnet_status status;
    RN_TRY(resnet_dataset_builder_create(&builder, NAMES, 2, NULL));
    RN_TRY(resnet_dataset_builder_add_file(builder, tree_path(&t, "file.png"), 0));
    RN_TRY(resnet_dataset_builder_add_bytes(builder, bytes, size, 1, "upload 7"));
    RN_TRY(
        resnet_dataset_builder_add_pixels(builder, bgra, 40, 36, 0, RESNET_PIXELS_BGRA, 1, NULL));
    RN_TRY(resnet_dataset_builder_borrow_pixels(builder, bgra, 40, 36, 160, RESNET_PIXELS_BGRA,
                                                RESNET_UNLABELLED, NULL));
    memset(bytes, 0, sizeof bytes); /* was copied */
    status = resnet_dataset_builder_finish(out, builder);
done:
    resnet_dataset_builder_free(builder);
    return status;
}

static void gathers_samples_of_every_kind(void **state)
{
    (void)state;
    resnet_dataset *dataset = NULL;
    if (build(&dataset) != RESNET_OK) fail_msg("%s", resnet_last_error());
    resnet_image *images[4] = {NULL};
    assert_int_equal(resnet_dataset_get_n_samples(dataset), 4);
    assert_string_equal(resnet_dataset_get_path(dataset, 1), "upload 7");
    assert_string_equal(resnet_dataset_get_path(dataset, 2), "frame#2");
    assert_int_equal(resnet_dataset_get_label(dataset, 3), RESNET_UNLABELLED);
    for (size_t i = 0; i < 4; i++) {
        if (resnet_dataset_load_image(&images[i], dataset, i) != RESNET_OK)
            fail_msg("%s", resnet_last_error());
        assert_int_equal(resnet_image_get_width(images[i]), 40);
    }
    const size_t size = 40 * 36 * 3;
    assert_memory_equal(resnet_image_get_pixels(images[0]), resnet_image_get_pixels(images[1]),
                        size);
    assert_memory_equal(resnet_image_get_pixels(images[2]), resnet_image_get_pixels(images[3]),
                        size);
    assert_int_equal(resnet_image_get_pixels(images[2])[0], bgra[2]);
    for (size_t i = 0; i < 4; i++) resnet_image_free(images[i]);
    resnet_dataset_free(dataset);
}

static void rejects_nonsense(void **state)
{
    (void)state;
    static const char *const LATIN[] = {"caf\xe9"};
    resnet_dataset *dataset = NULL;
    resnet_dataset_builder *builder = NULL;
    assert_int_equal(resnet_dataset_builder_create(&builder, NULL, 0, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_builder_create(&builder, LATIN, 1, NULL), RESNET_E_INVALID);
    assert_null(builder);
    assert_ok(resnet_dataset_builder_create(&builder, NAMES, 2, NULL));
    assert_int_equal(resnet_dataset_builder_finish(&dataset, builder), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_builder_add_file(builder, "x", 2), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_builder_add_file(builder, "x", -2), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_builder_borrow_pixels(builder, bgra, 0, 1, 0, 0, 0, NULL),
                     RESNET_E_INVALID);
    assert_ok(resnet_dataset_builder_add_file(builder, "x", 1));
    assert_ok(resnet_dataset_builder_finish(&dataset, builder));
    resnet_dataset_free(dataset);
    assert_int_equal(resnet_dataset_builder_add_file(builder, "x", 1), RESNET_E_STATE);
    assert_int_equal(resnet_dataset_builder_finish(&dataset, builder), RESNET_E_STATE);
    resnet_dataset_builder_free(builder);
    resnet_dataset_builder_free(NULL);
}

static atomic_int n_inside, most_inside;

static resnet_status make_frame(void *user_data, resnet_image **out, uint64_t index)
{
    const int inside = atomic_fetch_add(&n_inside, 1) + 1;
    if (inside > atomic_load(&most_inside)) atomic_store(&most_inside, inside);
    uint8_t gray[32 * 32];
    memset(gray, (int)index, sizeof gray);
    usleep(2000);
    atomic_fetch_sub(&n_inside, 1);
    if (user_data && index == 5) return RESNET_E_IO;
    return resnet_image_from_pixels(out, gray, 32, 32, 0, RESNET_PIXELS_GRAY, NULL);
}

static void pulls_from_several_threads(void **state)
{
    (void)state;
    int32_t labels[40];
    for (int i = 0; i < 40; i++) labels[i] = i % 2;
    resnet_dataset *dataset = NULL;
    resnet_recipe recipe;
    assert_ok(resnet_dataset_from_callback(&dataset, make_frame, NULL, 40, labels, NAMES, 2, NULL));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "unit"));
    assert_ok(resnet_recipe_set_size(&recipe, 32));
    rn_loader_options options = rn_loader_default_options();
    options.batch = 8;
    options.n_workers = 4;
    rn_loader *loader = NULL;
    const rn_batch *batch = NULL;
    assert_ok(rn_loader_create(&loader, dataset, &recipe, &options));
    assert_ok(rn_loader_start_epoch(loader, 0, 0));
    for (size_t b = 0; b < 5; b++) {
        assert_ok(rn_loader_next(loader, &batch));
        for (size_t i = 0; i < 8; i++) {
            const float value = batch->images_nchw[i * 3 * 1024 + 17];
            assert_true(value > ((float)(8 * b + i) - 0.1f) / 255 &&
                        value < ((float)(8 * b + i) + 0.1f) / 255);
            assert_int_equal(batch->labels[i], i % 2);
        }
        rn_loader_release(loader, batch);
    }
    assert_true(atomic_load(&most_inside) > 1);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void a_failing_callback_names_the_sample(void **state)
{
    (void)state;
    int fails = 1;
    resnet_dataset *dataset = NULL;
    resnet_image *image = NULL;
    assert_ok(resnet_dataset_from_callback(&dataset, make_frame, &fails, 6, NULL, NAMES, 2, NULL));
    assert_int_equal(resnet_dataset_load_image(&image, dataset, 5), RESNET_E_IO);
    assert_message_has(resnet_last_error(), "sample#5");
    assert_int_equal(resnet_dataset_load_image(&image, dataset, 6), RESNET_E_INVALID);
    assert_null(image);
    resnet_dataset_free(dataset);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    resnet_dataset *dataset = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = build(&dataset);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    resnet_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers_samples_of_every_kind),
        cmocka_unit_test(rejects_nonsense),
        cmocka_unit_test(pulls_from_several_threads),
        cmocka_unit_test(a_failing_callback_names_the_sample),
        cmocka_unit_test(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
