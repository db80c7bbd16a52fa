/* Fine-tuning: what is frozen stays, features are kept without a trace in the values, phases,
 * batches that make one step, averages, early stopping, statistics. SPDX-License-Identifier: MIT */
#include "toy.h"

#include "core/mem.h"
#include "train/freeze.h"

static bool same_tensor(const resnet_model *a, const resnet_model *b, const char *name)
{
    const size_t row = rn_net_find(a->net, name);
    assert_true(row < a->net->n_params);
    return memcmp(rn_net_get_values(a->net, row), rn_net_get_values(b->net, row),
                  a->net->params[row].count * sizeof(float)) == 0;
}

/* ---- freezing ---- */

static void test_frozen_layers_stay(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *before = toy_model(1, 0), *after = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_LAYER2;
    options.freeze_names = "layer4.0.*,layer3.1.conv2";
    resnet_trainer_free(toy_fit(after, train, NULL, &options));
    assert_true(same_tensor(before, after, "conv1.weight"));
    assert_true(same_tensor(before, after, "layer2.3.bn3.running_var"));
    assert_true(same_tensor(before, after, "layer4.0.conv1.weight"));
    assert_true(same_tensor(before, after, "layer4.0.bn2.running_mean"));
    assert_true(same_tensor(before, after, "layer3.1.conv2.weight"));
    assert_true(same_tensor(before, after, "layer3.1.bn2.weight"));
    assert_false(same_tensor(before, after, "layer3.1.conv1.weight"));
    assert_false(same_tensor(before, after, "layer3.1.bn1.running_mean"));
    assert_false(same_tensor(before, after, "layer4.1.conv1.weight"));
    assert_false(same_tensor(before, after, "fc.bias"));
    resnet_model_free(before);
    resnet_model_free(after);
    resnet_dataset_free(train);
}

static void test_last_layers(void **state)
{
    (void)state;
    bool *frozen = NULL;
    resnet_model *model = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.train_last = 1;
    assert_ok(rn_freeze_choose(&frozen, &options, model->net));
    assert_true(rn_freeze_is_whole(frozen, model->net->arch));
    rn_free(frozen);
    options.train_last = 4; /* the classifier and the last block */
    assert_ok(rn_freeze_choose(&frozen, &options, model->net));
    assert_true(frozen[49] && !frozen[50] && !frozen[51] && !frozen[52]);
    rn_free(frozen);
    options.train_last = 100;
    assert_ok(rn_freeze_choose(&frozen, &options, model->net));
    assert_false(frozen[0]);
    rn_free(frozen);
    resnet_model_free(model);
}

static void test_stored_statistics_stay(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(8, 0);
    resnet_model *before = toy_model(1, 0), *after = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_LAYER3;
    options.batch_norm = RESNET_BATCH_NORM_STORED;
    resnet_trainer_free(toy_fit(after, train, NULL, &options));
    assert_true(same_tensor(before, after, "layer4.2.bn3.running_mean"));
    assert_false(same_tensor(before, after, "layer4.2.bn3.weight"));
    resnet_model_free(before);
    resnet_model_free(after);
    resnet_dataset_free(train);
}

/* ---- batches and steps ---- */

static void assert_close_models(const resnet_model *a, const resnet_model *b, double tolerance)
{
    for (size_t i = 0; i < a->net->n_params; i++) {
        const float *x = rn_net_get_values(a->net, i), *y = rn_net_get_values(b->net, i);
        double error = 0, size = 1e-12;
        for (size_t j = 0; j < a->net->params[i].count; j++) {
            error += ((double)x[j] - (double)y[j]) * ((double)x[j] - (double)y[j]);
            size += (double)y[j] * (double)y[j];
        }
        if (!(sqrt(error / size) <= tolerance))
            fail_msg("%s: relative error %.2g", a->net->params[i].name, sqrt(error / size));
    }
}

/* 20 images: batches of 8, 8, 4 that make one step, or one batch of 20. */
static resnet_model *train_in_parts(const resnet_dataset *train, uint32_t batch,
                                    uint32_t accumulate)
{
    resnet_model *model = toy_model(1, 0);
    const float weights[TOY_CLASSES] = {1, 3, 0.5F};
    resnet_trainer_options options = toy_options();
    options.batch_size = batch;
    options.accumulate = accumulate;
    options.freeze = RESNET_FREEZE_LAYER3;
    options.batch_norm = RESNET_BATCH_NORM_STORED;
    options.class_weights = weights;
    options.n_class_weights = TOY_CLASSES;
    options.label_smoothing = 0.1F;
    resnet_trainer_free(toy_fit(model, train, NULL, &options));
    return model;
}

static void test_accumulation_equals_the_big_batch(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(20, 0);
    resnet_model *before = toy_model(1, 0);
    resnet_model *whole = train_in_parts(train, 20, 1), *parts = train_in_parts(train, 8, 3);
    assert_false(same_tensor(before, whole, "layer4.0.conv1.weight"));
    assert_close_models(parts, whole, 1e-5);
    resnet_model_free(before);
    resnet_model_free(whole);
    resnet_model_free(parts);
    resnet_dataset_free(train);
}

/* ---- phases ---- */

typedef struct phases {
    double rates[8];
    size_t n;
    const rn_net *net;
    float first[2]; /* a value of the backbone after the head's phase, and at the end */
} phases;

static int32_t watch_phases(void *user_data, const resnet_progress *progress)
{
    phases *p = user_data;
    assert_int_equal(progress->n_epochs, 3);
    if (!progress->epoch_done) return 0;
    p->rates[p->n++] = progress->learning_rate;
    p->first[progress->epoch > 1] = p->net->arena[p->net->params[0].offset];
    return 0;
}

static void test_two_phases(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *model = toy_model(1, 0);
    phases p = {.net = model->net};
    const float start = model->net->arena[model->net->params[0].offset];
    resnet_trainer_options options = toy_options();
    options.head_epochs = 1;
    options.n_epochs = 2;
    options.learning_rate = 1e-5F;
    options.on_progress = watch_phases;
    options.progress_user_data = &p;
    resnet_trainer_free(toy_fit(model, train, NULL, &options));
    assert_int_equal(p.n, 3);
    assert_near(p.rates[0], 1e-3, 1e-6, "the head's rate");
    assert_true(p.rates[1] < 2e-5 && p.rates[2] < 2e-5);
    assert_true(p.first[0] == start);
    assert_true(p.first[1] != start);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* ---- rates ---- */

typedef struct rates {
    double of_epoch[8];
    size_t n;
} rates;

static int32_t note_rate(void *user_data, const resnet_progress *progress)
{
    rates *r = user_data;
    if (progress->epoch_done) r->of_epoch[r->n++] = progress->learning_rate;
    return 0;
}

static void check_rates(resnet_trainer_options *options, const double *expected, size_t n)
{
    rates r = {.n = 0};
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *model = toy_model(1, 0);
    options->freeze = RESNET_FREEZE_ALL;
    options->learning_rate = 0.25F;
    options->on_progress = note_rate;
    options->progress_user_data = &r;
    resnet_trainer_free(toy_fit(model, train, NULL, options));
    assert_int_equal(r.n, n);
    for (size_t i = 0; i < n; i++) assert_near(r.of_epoch[i], expected[i], 1e-6, "rate");
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_schedule_begins_after_the_head(void **state)
{
    (void)state;
    const double expected[] = {1e-3, 1e-3, 0.25, 0.125, 0.0625};
    resnet_trainer_options options = toy_options();
    options.head_epochs = 2;
    options.n_epochs = 3;
    options.schedule = RESNET_SCHEDULE_STEP;
    options.step_epochs = 1;
    options.gamma = 0.5F;
    check_rates(&options, expected, 5);
}

/* Two steps an epoch; the last one is half an epoch further. */
static void test_rate_moves_within_epochs(void **state)
{
    (void)state;
    const double expected[] = {0.0625, 0.1875, 0.25, 0.25};
    resnet_trainer_options options = toy_options();
    options.n_epochs = 4;
    options.warmup_epochs = 2;
    check_rates(&options, expected, 4);
}

static void test_plateau_reduces_the_rate(void **state)
{
    (void)state;
    const double expected[] = {0.25, 0.25, 0.25, 0.025, 0.025, 0.02};
    resnet_trainer_options options = toy_options();
    options.n_epochs = 6;
    options.schedule = RESNET_SCHEDULE_PLATEAU;
    options.plateau_absolute = 1;
    options.plateau_min_delta = 1e6F; /* nothing is an improvement */
    options.plateau_patience = 1;
    options.min_learning_rate = 0.02F;
    check_rates(&options, expected, 6);
}

/* ---- what is kept at the end ---- */

static double no_rate(void *user_data, uint64_t epoch, uint64_t step, uint64_t n_steps,
                      double planned)
{
    (void)user_data, (void)step, (void)n_steps, (void)planned;
    return epoch == 0 ? 0.05 : 0;
}

static int32_t count_epochs(void *user_data, const resnet_progress *progress)
{
    *(size_t *)user_data += progress->epoch_done;
    return 0;
}

static void test_stops_early(void **state)
{
    (void)state;
    size_t n_epochs = 0;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_ALL;
    options.n_epochs = 50;
    options.stop_patience = 3;
    options.on_schedule = no_rate; /* the loss cannot fall after epoch 0 */
    options.on_progress = count_epochs;
    options.progress_user_data = &n_epochs;
    resnet_trainer_free(toy_fit(model, train, train, &options));
    assert_int_equal(n_epochs, 4);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static double worse_and_worse(void *user_data, uint64_t epoch, uint64_t step, uint64_t n_steps,
                              double planned)
{
    (void)user_data, (void)step, (void)n_steps, (void)planned;
    return epoch == 0 ? 1e-3 : 10;
}

static void test_restores_the_best(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *one = toy_model(1, 0), *three = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_ALL;
    options.on_schedule = worse_and_worse;
    resnet_trainer_free(toy_fit(one, train, train, &options));
    options.n_epochs = 3;
    options.restore_best = 1;
    resnet_trainer_free(toy_fit(three, train, train, &options));
    assert_same_model(one, three);
    resnet_model_free(one);
    resnet_model_free(three);
    resnet_dataset_free(train);
}

/* Of decay d: after one step d x start + (1 - d) x value. */
static void test_average_is_kept(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(8, 0);
    resnet_model *start = toy_model(1, 0), *plain = toy_model(1, 0), *averaged = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_LAYER3;
    resnet_trainer_free(toy_fit(plain, train, NULL, &options));
    options.ema_decay = 0.75F;
    resnet_trainer_free(toy_fit(averaged, train, NULL, &options));
    for (size_t i = 0; i < plain->net->arena_count; i++) {
        const float from = start->net->arena[i];
        start->net->arena[i] = from + 0.25F * (plain->net->arena[i] - from);
    }
    assert_same_model(start, averaged);
    resnet_model_free(start);
    resnet_model_free(plain);
    resnet_model_free(averaged);
    resnet_dataset_free(train);
}

/* One batch that is the whole set: its own statistics, which one more batch does not move. */
static void test_statistics_are_measured_anew(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *once = toy_model(1, 0), *twice = toy_model(1, 0), *plain = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.batch_size = 16;
    options.freeze = RESNET_FREEZE_LAYER3;
    resnet_trainer_free(toy_fit(plain, train, NULL, &options));
    options.recalibrate_batches = 1;
    resnet_trainer_free(toy_fit(once, train, NULL, &options));
    options.recalibrate_batches = 7; /* but there is only one */
    resnet_trainer_free(toy_fit(twice, train, NULL, &options));
    assert_same_model(once, twice);
    assert_false(same_tensor(plain, once, "layer4.0.bn1.running_mean"));
    assert_true(same_tensor(plain, once, "layer4.0.conv1.weight"));
    assert_true(same_tensor(plain, once, "layer3.0.bn1.running_mean"));
    resnet_model_free(once);
    resnet_model_free(twice);
    resnet_model_free(plain);
    resnet_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_layers_stay),
        cmocka_unit_test(test_last_layers),
        cmocka_unit_test(test_stored_statistics_stay),
        cmocka_unit_test(test_accumulation_equals_the_big_batch),
        cmocka_unit_test(test_two_phases),
        cmocka_unit_test(test_schedule_begins_after_the_head),
        cmocka_unit_test(test_rate_moves_within_epochs),
        cmocka_unit_test(test_plateau_reduces_the_rate),
        cmocka_unit_test(test_stops_early),
        cmocka_unit_test(test_restores_the_best),
        cmocka_unit_test(test_average_is_kept),
        cmocka_unit_test(test_statistics_are_measured_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
