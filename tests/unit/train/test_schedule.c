/* Learning rates against torch.optim.lr_scheduler over 50 epochs. SPDX-License-Identifier: MIT */
#include "golden.h"

#include "train/schedule.h"
#include "train/watch.h"

#include <resnet/trainer.h>

static int32_t kind_of(const char *name)
{
    static const char *const names[] = {"constant", "step", "multi_step", "exponential", "cosine"};
    int32_t kind = 0;
    while (strcmp(names[kind], name) != 0) kind++;
    return kind;
}

static rn_schedule schedule_of(const json_t *test, double base)
{
    rn_schedule s = {
        .kind = kind_of(json_string_value(json_object_get(test, "kind"))),
        .base_rate = base,
        .warmup = golden_number(test, "warmup", 0),
        .warmup_start = golden_number(test, "start", 0),
        .gamma = golden_number(test, "gamma", 0),
        .step_size = golden_number(test, "step_size", 0),
        .length = golden_number(test, "length", 0),
        .min_rate = golden_number(test, "min_rate", 0),
    };
    const json_t *milestones = json_object_get(test, "milestones");
    s.n_milestones = json_array_size(milestones);
    for (size_t i = 0; i < s.n_milestones; i++) s.milestones[i] = golden_at(milestones, i);
    return s;
}

static void test_as_torch(void **state)
{
    (void)state;
    json_t *golden = golden_load("schedules.json");
    const json_t *cases = json_object_get(golden, "schedules");
    assert_int_equal(json_array_size(cases), 10);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i), *rates = json_object_get(test, "rates");
        const rn_schedule schedule = schedule_of(test, golden_number(golden, "base", 0));
        assert_true(json_array_size(rates) >= 46);
        for (size_t t = 0; t < json_array_size(rates); t++)
            assert_near(rn_schedule_get_rate(&schedule, (double)t), golden_at(rates, t), 1e-9,
                        json_string_value(json_object_get(test, "kind")));
    }
    json_decref(golden);
}

static void test_between_epochs(void **state)
{
    (void)state;
    const rn_schedule s = {
        .kind = RESNET_SCHEDULE_COSINE, .base_rate = 2, .warmup = 1, .length = 4};
    assert_near(rn_schedule_get_rate(&s, 0.25), 0.5, 1e-12, "warm-up");
    assert_near(rn_schedule_get_rate(&s, 3), 1, 1e-12, "half way");
    assert_near(rn_schedule_get_rate(&s, 9), 0, 1e-12, "after the end");
}

static rn_plateau_settings plateau_of(const json_t *test)
{
    const char *mode = json_string_value(json_object_get(test, "mode"));
    const char *threshold = json_string_value(json_object_get(test, "threshold_mode"));
    return (rn_plateau_settings){
        .watch = {.higher_is_better = strcmp(mode, "max") == 0,
                  .relative = strcmp(threshold, "rel") == 0,
                  .min_delta = golden_number(test, "threshold", 0)},
        .factor = golden_number(test, "factor", 0),
        .patience = (uint64_t)golden_number(test, "patience", 0),
        .cooldown = (uint64_t)golden_number(test, "cooldown", 0),
        .min_rate = golden_number(test, "min_lr", 0),
    };
}

static void test_plateau_as_torch(void **state)
{
    (void)state;
    json_t *golden = golden_load("schedules.json");
    const json_t *cases = json_object_get(golden, "plateaus");
    size_t n_reductions = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);
        const rn_plateau_settings settings = plateau_of(test);
        rn_plateau plateau = rn_plateau_start(golden_number(golden, "base", 0));
        for (size_t epoch = 0; epoch < 50; epoch++) {
            const double figure = golden_at(json_object_get(test, "figures"), epoch);
            n_reductions += rn_plateau_see(&plateau, &settings, figure, epoch);
            assert_near(plateau.rate, golden_at(json_object_get(test, "rates"), epoch), 1e-9,
                        "plateau");
        }
    }
    assert_true(n_reductions > 5);
    json_decref(golden);
}

static void test_watch_bears_nan(void **state)
{
    (void)state;
    const rn_watch_settings settings = {.higher_is_better = true, .min_delta = 0.1};
    rn_watch watch = rn_watch_start();
    assert_false(rn_watch_see(&watch, &settings, NAN, 0));
    assert_true(rn_watch_see(&watch, &settings, 0.5, 1));
    assert_false(rn_watch_see(&watch, &settings, 0.55, 2));
    assert_false(rn_watch_see(&watch, &settings, NAN, 3));
    assert_int_equal(watch.n_bad, 2);
    assert_int_equal(watch.best_epoch, 1);
    assert_true(rn_watch_see(&watch, &settings, 0.7, 4));
    assert_int_equal(watch.n_bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_torch),
        cmocka_unit_test(test_between_epochs),
        cmocka_unit_test(test_plateau_as_torch),
        cmocka_unit_test(test_watch_bears_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
