/* Features of frozen layers: kept in memory or in a file without a trace in the values, whatever
 * becomes of the file or of pictures; the head judged by them. SPDX-License-Identifier: MIT */
#include "toy.h"

#include "train/trainer.h"

#include <stdlib.h>
#include <unistd.h>

static resnet_trainer_options head_options(void)
{
    resnet_trainer_options options = toy_options();
    options.n_epochs = 3;
    options.freeze = RESNET_FREEZE_ALL;
    options.optimizer = RESNET_OPTIMIZER_ADAM;
    return options;
}

static resnet_model *train_head(const resnet_dataset *train, const resnet_dataset *validation,
                                uint64_t cache_bytes, const char *file, const char *preset,
                                bool *out_cached)
{
    resnet_model *model = toy_model(1, 0.4F);
    resnet_trainer_options options = head_options();
    options.cache_bytes = cache_bytes;
    options.feature_file = file;
    options.augment = preset;
    options.n_views = preset ? 1 : 0;
    resnet_trainer *trainer = toy_fit(model, train, validation, &options);
    *out_cached = rn_supply_is_cached(rn_phase_get_supply(trainer->phase));
    resnet_trainer_free(trainer);
    return model;
}

static void test_kept_features_leave_no_trace(void **state)
{
    (void)state;
    bool cached = true;
    char file[] = "/tmp/resnet50-kept-XXXXXX", beside[64];
    assert_true(close(mkstemp(file)) == 0);
    snprintf(beside, sizeof beside, "%s.val", file);
    resnet_dataset *train = toy_dataset(21, 0), *validation = toy_dataset(6, 50);
    resnet_model *plain = train_head(train, validation, 0, NULL, NULL, &cached);
    assert_false(cached);
    const struct {
        uint64_t bytes;
        const char *file;
        bool cached;
    } ways[] = {
        {UINT64_C(1) << 30, NULL, true},
        {8 * 2048 * 4, NULL, false}, /* room for 8 of 21 */
        {0, file, true},
        {0, file, true}, /* found again */
        {8 * 2048 * 4, file, true},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        resnet_model *kept =
            train_head(train, validation, ways[i].bytes, ways[i].file, NULL, &cached);
        assert_int_equal(cached, ways[i].cached);
        assert_same_model(plain, kept);
        resnet_model_free(kept);
    }
    resnet_model_free(plain);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(unlink(beside), 0);
    resnet_dataset_free(train);
    resnet_dataset_free(validation);
}

static void test_fixed_views_are_kept(void **state)
{
    (void)state;
    bool cached = false;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *kept = train_head(train, NULL, UINT64_C(1) << 30, NULL, "imagenet", &cached);
    assert_true(cached);
    resnet_model *plain = train_head(train, NULL, 0, NULL, "imagenet", &cached);
    assert_false(cached);
    assert_same_model(plain, kept);
    resnet_model_free(plain);
    resnet_model_free(kept);
    resnet_dataset_free(train);
}

/* ---- damage ---- */

typedef struct vandal {
    const char *file;
    size_t n_epochs;
} vandal;

/* Overwrites features at the end of the second epoch, when all of them are in the file. */
static int32_t vandalise(void *user_data, const resnet_progress *progress)
{
    vandal *v = user_data;
    v->n_epochs += progress->epoch_done;
    if (!progress->epoch_done || progress->epoch != 2) return 0;
    FILE *file = fopen(v->file, "r+b");
    assert_non_null(file);
    for (long at = -100; at > -100000; at -= 12345) {
        assert_int_equal(fseek(file, at, SEEK_END), 0);
        fputs("damage", file);
    }
    fclose(file);
    return 0;
}

static void test_damage_in_the_middle_leaves_no_trace(void **state)
{
    (void)state;
    bool cached = false;
    char path[] = "/tmp/resnet50-kept-XXXXXX";
    assert_true(close(mkstemp(path)) == 0);
    vandal v = {path, 0};
    resnet_dataset *train = toy_dataset(21, 0);
    resnet_model *plain = train_head(train, NULL, 0, NULL, NULL, &cached);
    resnet_model *kept = toy_model(1, 0.4F);
    resnet_trainer_options options = head_options();
    options.cache_bytes = 0;
    options.feature_file = path;
    options.on_progress = vandalise;
    options.progress_user_data = &v;
    resnet_trainer_free(toy_fit(kept, train, NULL, &options));
    assert_int_equal(v.n_epochs, 3);
    assert_same_model(plain, kept);
    resnet_model_free(plain);
    resnet_model_free(kept);
    assert_int_equal(unlink(path), 0);
    resnet_dataset_free(train);
}

/* ---- pictures that cannot be read ---- */

#define N_PULLED 20

static resnet_status pull(void *user_data, resnet_image **out, uint64_t index)
{
    unsigned char pixels[TOY_SIZE * TOY_SIZE * 3];
    (void)user_data;
    if (index % 7 == 3) return RESNET_E_FORMAT;
    toy_draw(pixels, index % TOY_CLASSES, index);
    return resnet_image_from_pixels(out, pixels, TOY_SIZE, TOY_SIZE, 0, RESNET_PIXELS_RGB, NULL);
}

static resnet_dataset *pulled_dataset(int32_t on_corrupt, int32_t first_label)
{
    const char *const names[TOY_CLASSES] = {"across", "along", "slanted"};
    int32_t labels[N_PULLED];
    resnet_dataset *dataset = NULL;
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = on_corrupt;
    for (int32_t i = 0; i < N_PULLED; i++) labels[i] = i % TOY_CLASSES;
    labels[0] = first_label;
    assert_ok(resnet_dataset_from_callback(&dataset, pull, NULL, N_PULLED, labels, names,
                                           TOY_CLASSES, &options));
    return dataset;
}

static void test_skipped_pictures_leave_no_trace(void **state)
{
    (void)state;
    bool cached = false;
    resnet_dataset *train = pulled_dataset(RESNET_CORRUPT_SKIP, 0);
    resnet_model *plain = train_head(train, NULL, 0, NULL, NULL, &cached);
    assert_false(cached);
    resnet_model *kept = train_head(train, NULL, UINT64_C(1) << 30, NULL, NULL, &cached);
    assert_true(cached);
    assert_same_model(plain, kept);
    resnet_model_free(plain);
    resnet_model_free(kept);
    resnet_dataset_free(train);
}

static void expect_fit(int32_t on_corrupt, int32_t first_label, resnet_status expected)
{
    resnet_dataset *train = pulled_dataset(on_corrupt, first_label);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = head_options();
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, &options));
    assert_int_equal(resnet_trainer_fit(trainer), expected);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_bad_samples_stop_the_run(void **state)
{
    (void)state;
    expect_fit(RESNET_CORRUPT_ERROR, 0, RESNET_E_FORMAT);
    expect_fit(RESNET_CORRUPT_SKIP, RESNET_UNLABELLED, RESNET_E_FORMAT);
    assert_non_null(strstr(resnet_last_error(), "no label"));
}

/* ---- evaluation ---- */

typedef struct figures {
    double loss, accuracy;
} figures;

static int32_t remember(void *user_data, const resnet_progress *progress)
{
    *(figures *)user_data = (figures){progress->val_loss, progress->val_accuracy};
    return 0;
}

static void test_head_is_judged_as_the_whole_network(void **state)
{
    (void)state;
    figures seen = {0, 0};
    double loss = 0, accuracy = 0;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *model = toy_model(1, 0.5F);
    resnet_metrics *metrics = NULL;
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_ALL;
    options.on_progress = remember;
    options.progress_user_data = &seen;
    resnet_trainer_free(toy_fit(model, train, train, &options));
    assert_ok(resnet_metrics_create(&metrics, TOY_CLASSES, NULL, NULL));
    assert_ok(resnet_evaluate(metrics, model, train, NULL));
    assert_ok(resnet_metrics_get(&loss, metrics, "loss"));
    assert_ok(resnet_metrics_get(&accuracy, metrics, "accuracy"));
    assert_near(seen.loss, loss, 1e-4, "loss");
    assert_near(seen.accuracy, accuracy, 1e-12, "accuracy");
    resnet_metrics_free(metrics);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_features_leave_no_trace),
        cmocka_unit_test(test_fixed_views_are_kept),
        cmocka_unit_test(test_damage_in_the_middle_leaves_no_trace),
        cmocka_unit_test(test_skipped_pictures_leave_no_trace),
        cmocka_unit_test(test_bad_samples_stop_the_run),
        cmocka_unit_test(test_head_is_judged_as_the_whole_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
