/* Lists of names that hosts show and take back. SPDX-License-Identifier: MIT */
#include "api.h"

static size_t count_names(const char *(*get_name)(size_t index))
{
    size_t n = 0;
    for (; get_name(n); n++)
        for (size_t i = 0; i < n; i++) assert_string_not_equal(get_name(n), get_name(i));
    assert_null(get_name(SIZE_MAX));
    return n;
}

static void every_recipe_and_preset_can_be_had(void **state)
{
    (void)state;
    resnet_recipe recipe;
    resnet_augment augment;
    assert_true(count_names(resnet_recipe_get_name) >= 6);
    assert_true(count_names(resnet_augment_get_name) >= 5);
    for (size_t i = 0; resnet_recipe_get_name(i); i++) {
        assert_ok(resnet_recipe_init(&recipe, sizeof recipe, resnet_recipe_get_name(i)));
        assert_string_equal(recipe.name, resnet_recipe_get_name(i));
    }
    for (size_t i = 0; resnet_augment_get_name(i); i++)
        assert_ok(resnet_augment_init(&augment, sizeof augment, resnet_augment_get_name(i)));
}

static void check_trainer(resnet_model *model, const resnet_trainer_options *options,
                          resnet_status expected)
{
    resnet_trainer *trainer = NULL;
    const resnet_status status = resnet_trainer_create(&trainer, model, NULL, NULL, options);
    if (status != expected) fail_msg("%s: %s", resnet_status_name(status), resnet_last_error());
    resnet_trainer_free(trainer);
}

/* The constants are the indices, and there is no constant beyond the names. */
static void every_optimizer_and_schedule_can_be_had(void **state)
{
    (void)state;
    resnet_model *model = make_model(2, 32);
    resnet_trainer_options options;
    const size_t n_optimizers = count_names(resnet_optimizer_get_name);
    const size_t n_schedules = count_names(resnet_schedule_get_name);
    assert_string_equal(resnet_optimizer_get_name(RESNET_OPTIMIZER_LARS), "lars");
    assert_string_equal(resnet_schedule_get_name(RESNET_SCHEDULE_PLATEAU), "plateau");
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    options.freeze = RESNET_FREEZE_ALL; /* little memory */
    options.allow_random_features = 1;
    options.optimizer = (int32_t)n_optimizers - 1;
    options.schedule = (int32_t)n_schedules - 1;
    check_trainer(model, &options, RESNET_OK);
    options.optimizer = (int32_t)n_optimizers;
    check_trainer(model, &options, RESNET_E_INVALID);
    options.optimizer = 0;
    options.schedule = (int32_t)n_schedules;
    check_trainer(model, &options, RESNET_E_INVALID);
    resnet_model_free(model);
}

static void every_figure_can_be_had(void **state)
{
    (void)state;
    const float logits[4][2] = {{2, 1}, {0, 1}, {1, 0}, {0, 3}};
    const int32_t labels[4] = {0, 1, 1, 1};
    resnet_metrics *metrics = NULL;
    double value;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, NULL));
    assert_ok(resnet_metrics_add(metrics, &logits[0][0], labels, NULL, 4));
    assert_int_equal(count_names(resnet_metrics_get_figure_name), 35);
    for (size_t i = 0; resnet_metrics_get_figure_name(i); i++) {
        char name[64];
        snprintf(name, sizeof name, "%s", resnet_metrics_get_figure_name(i));
        char *brackets = strstr(name, "[]");
        if (brackets) memcpy(brackets, "[1]", 4);
        assert_ok(resnet_metrics_get(&value, metrics, name));
        assert_true(isfinite(value));
    }
    resnet_metrics_free(metrics);
}

static void features_say_whether_they_were_built(void **state)
{
    (void)state;
    assert_true(count_names(resnet_feature_get_name) >= 3);
    assert_int_equal(resnet_feature_is_built("webp"), HAS_WEBP);
    for (size_t i = 0; resnet_feature_get_name(i); i++)
        assert_in_range(resnet_feature_is_built(resnet_feature_get_name(i)), 0, 1);
    assert_int_equal(resnet_feature_is_built("telepathy"), 0);
    assert_int_equal(resnet_feature_is_built(""), 0);
    assert_int_equal(resnet_feature_is_built(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recipe_and_preset_can_be_had),
        cmocka_unit_test(every_optimizer_and_schedule_can_be_had),
        cmocka_unit_test(every_figure_can_be_had),
        cmocka_unit_test(features_say_whether_they_were_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
