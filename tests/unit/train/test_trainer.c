/* The trainer from end to end: it learns, in the same bits for any number of threads, without
 * allocating; it can be cancelled; it refuses what it should. SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "toy.h"

#include "core/mem.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct course {
    size_t n_steps, n_epochs;
    double first_loss, loss, accuracy, val_accuracy;
    size_t cancel_at;       /* step of the run; 0: never */
    uint64_t n_allocations; /* after the second epoch's first step */
    bool allocates;         /* in its further steps */
} course;

static int32_t watch(void *user_data, const resnet_progress *progress)
{
    course *c = user_data;
    assert_int_equal(progress->struct_size, sizeof *progress);
    assert_true(progress->step <= progress->n_steps);
    if (progress->epoch_done) {
        c->n_epochs++;
        c->loss = progress->loss;
        c->accuracy = progress->accuracy;
        c->val_accuracy = progress->val_accuracy;
        return 0;
    }
    if (c->n_steps++ == 0) c->first_loss = progress->loss;
    if (progress->epoch == 2 && progress->step == 1) c->n_allocations = rn_mem_count();
    if (progress->epoch == 2 && rn_mem_count() != c->n_allocations) c->allocates = true;
    return c->n_steps == c->cancel_at;
}

static void test_learns(void **state)
{
    (void)state;
    course c = {0};
    resnet_dataset *train = toy_dataset(48, 0), *validation = toy_dataset(24, 1000);
    resnet_model *model = toy_model(1, 0);
    resnet_metrics *metrics = NULL;
    resnet_trainer_options options = toy_options();
    double accuracy = 0;
    options.n_epochs = 14;
    options.learning_rate = 0.001f;
    options.on_progress = watch;
    options.progress_user_data = &c;
    resnet_trainer *trainer = toy_fit(model, train, validation, &options);
    assert_int_equal(c.n_steps, 14 * 6);
    assert_int_equal(c.n_epochs, 14);
    assert_true(c.loss < 0.6 * c.first_loss);
    assert_true(c.accuracy >= 0.7);
    assert_true(c.val_accuracy >= 0.7);
    assert_ok(resnet_metrics_create(&metrics, TOY_CLASSES, NULL, NULL));
    assert_ok(resnet_evaluate(metrics, model, validation, NULL));
    assert_ok(resnet_metrics_get(&accuracy, metrics, "accuracy"));
    assert_near(accuracy, c.val_accuracy, 1e-12, "evaluation as in training");
    resnet_metrics_free(metrics);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
    resnet_dataset_free(validation);
}

static size_t read_model(const resnet_model *model, char **out)
{
    char path[SCRATCH_SIZE];
    assert_true(scratch_file(path));
    assert_ok(resnet_model_save(model, path, RESNET_FORMAT_HDF5));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const size_t size = (size_t)ftell(file);
    rewind(file);
    *out = malloc(size);
    assert_int_equal(fread(*out, 1, size, file), size);
    fclose(file);
    unlink(path);
    return size;
}

static void test_threads_do_not_show(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(40, 0);
    char *first = NULL;
    size_t first_size = 0;
    for (uint32_t n_threads = 1; n_threads <= 4; n_threads++) {
        resnet_model *model = toy_model(1, 0.2F);
        resnet_trainer_options options = toy_options();
        options.n_threads = n_threads;
        options.n_loaders = 5 - n_threads;
        options.clip_norm = 1;
        options.mixup_alpha = 0.2F;
        options.ema_decay = 0.9F;
        resnet_trainer_free(toy_fit(model, train, NULL, &options));
        char *bytes = NULL;
        const size_t size = read_model(model, &bytes);
        if (first) {
            assert_int_equal(size, first_size);
            assert_memory_equal(bytes, first, size);
            free(bytes);
        } else {
            first = bytes;
            first_size = size;
        }
        resnet_model_free(model);
    }
    free(first);
    resnet_dataset_free(train);
}

static void test_steady_state_allocates_nothing(void **state)
{
    (void)state;
    course c = {0};
    resnet_dataset *train = toy_dataset(32, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.n_epochs = 2;
    options.clip_norm = 1;
    options.on_progress = watch;
    options.progress_user_data = &c;
    resnet_trainer_free(toy_fit(model, train, NULL, &options));
    assert_int_equal(c.n_steps, 8);
    assert_false(c.allocates);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_cancelled_run_goes_on(void **state)
{
    (void)state;
    course c = {.cancel_at = 4};
    resnet_dataset *train = toy_dataset(24, 0);
    resnet_model *whole = toy_model(1, 0), *broken = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    resnet_trainer *trainer = NULL;
    options.n_epochs = 2;
    resnet_trainer_free(toy_fit(whole, train, NULL, &options));
    options.on_progress = watch;
    options.progress_user_data = &c;
    assert_ok(resnet_trainer_create(&trainer, broken, train, NULL, &options));
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_CANCELLED);
    assert_int_equal(c.n_steps, 4);
    resnet_trainer_cancel(trainer);
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_CANCELLED);
    assert_int_equal(c.n_steps, 4);
    assert_ok(resnet_trainer_fit(trainer));
    assert_int_equal(c.n_steps, 6);
    assert_ok(resnet_trainer_fit(trainer)); /* nothing is left to do */
    assert_int_equal(c.n_steps, 6);
    assert_same_model(whole, broken);
    resnet_trainer_free(trainer);
    resnet_model_free(whole);
    resnet_model_free(broken);
    resnet_dataset_free(train);
}

static void test_loss_that_is_no_number_stops(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(32, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = toy_options();
    options.learning_rate = 1e20F;
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, &options));
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_STATE);
    assert_non_null(strstr(resnet_last_error(), "step"));
    assert_non_null(strstr(resnet_last_error(), "learning rate 1e+20"));
    assert_non_null(strstr(resnet_last_error(), "no checkpoint"));
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* ---- the host's own batches ---- */

static void test_steps_and_gradients(void **state)
{
    (void)state;
    static float images[4 * 3 * TOY_SIZE * TOY_SIZE];
    static float gradient[TOY_CLASSES * 2048], before[TOY_CLASSES * 2048];
    const int32_t labels[4] = {0, 1, 2, 1}, wrong[4] = {0, 1, 2, -1};
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = toy_options();
    double loss = 0;
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) images[i] = sinf((float)i);
    options.momentum = 0;
    options.weight_decay = 0;
    assert_ok(resnet_trainer_create(&trainer, model, NULL, NULL, &options));
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_STATE);
    const size_t row = rn_net_find(model->net, "fc.weight");
    memcpy(before, rn_net_get_values(model->net, row), sizeof before);
    const size_t n = TOY_CLASSES * 2048;
    assert_int_equal(resnet_trainer_copy_gradient(gradient, n, trainer, "fc.weight"),
                     RESNET_E_STATE);
    assert_ok(resnet_trainer_step(&loss, trainer, images, 4, TOY_SIZE, TOY_SIZE, labels));
    assert_true(loss > 0.5 && loss < 5);
    assert_ok(resnet_trainer_copy_gradient(gradient, n, trainer, "fc.weight"));
    for (size_t i = 0; i < n; i++)
        assert_true(rn_net_get_values(model->net, row)[i] == before[i] - 0.01F * gradient[i]);
    assert_int_equal(resnet_trainer_copy_gradient(gradient, n - 1, trainer, "fc.weight"),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_trainer_copy_gradient(gradient, n, trainer, "fc.height"),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_trainer_copy_gradient(gradient, 64, trainer, "bn1.running_mean"),
                     RESNET_E_STATE);
    assert_int_equal(resnet_trainer_step(&loss, trainer, images, 4, TOY_SIZE, TOY_SIZE, wrong),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_trainer_step(&loss, trainer, images, 0, TOY_SIZE, TOY_SIZE, labels),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_trainer_step(&loss, trainer, images, 1, 31, TOY_SIZE, labels),
                     RESNET_E_INVALID);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
}

/* ---- what is refused ---- */

static void expect_refused(resnet_model *model, const resnet_trainer_options *options,
                           const char *word)
{
    resnet_trainer *trainer = NULL;
    assert_int_equal(resnet_trainer_create(&trainer, model, NULL, NULL, options), RESNET_E_INVALID);
    assert_null(trainer);
    if (!strstr(resnet_last_error(), word))
        fail_msg("'%s' does not speak of %s", resnet_last_error(), word);
}

#define REFUSE(field, value)                                                                       \
    do {                                                                                           \
        resnet_trainer_options with = toy_options();                                               \
        with.field = value;                                                                        \
        expect_refused(model, &with, #field);                                                      \
    } while (0)

static void test_refuses_bad_options(void **state)
{
    (void)state;
    const float negative = -1;
    resnet_model *model = toy_model(1, 0);
    REFUSE(batch_size, 0);
    REFUSE(n_shards, 65);
    REFUSE(freeze, 6);
    REFUSE(optimizer, 5);
    REFUSE(learning_rate, NAN);
    REFUSE(momentum, 1);
    REFUSE(label_smoothing, 1);
    REFUSE(accumulate, 0);
    REFUSE(schedule, -1);
    REFUSE(gamma, -0.5F);
    REFUSE(monitor, RESNET_MONITOR_VAL_LOSS);
    REFUSE(resume, 1);
    REFUSE(mixup_alpha, -0.5F);
    REFUSE(clip_norm, -2);
    REFUSE(restore_best, 2);
    REFUSE(nesterov, 7);
    REFUSE(n_class_weights, 3);
    REFUSE(class_weights, &negative);
    REFUSE(freeze_names, "layer1.*,layer9.*");
    resnet_trainer_options options = toy_options();
    options.stage_rates[2] = -1;
    expect_refused(model, &options, "stage_rates");
    resnet_model_free(model);
}

/* ---- zero is zero ---- */

static resnet_model *train_with(const resnet_trainer_options *options, const resnet_dataset *train)
{
    resnet_model *model = toy_model(1, 0);
    resnet_trainer_free(toy_fit(model, train, NULL, options));
    return model;
}

static bool same_weights(const resnet_model *a, const resnet_model *b)
{
    const size_t row = rn_net_find(a->net, "layer4.2.conv3.weight");
    return memcmp(rn_net_get_values(a->net, row), rn_net_get_values(b->net, row),
                  a->net->params[row].count * sizeof(float)) == 0;
}

static void expect_unmoved(const resnet_trainer_options *options, const resnet_dataset *train)
{
    resnet_model *start = toy_model(1, 0), *end = train_with(options, train);
    assert_true(same_weights(start, end));
    resnet_model_free(start);
    resnet_model_free(end);
}

static void test_zero_is_zero(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(8, 0);
    resnet_trainer_options options = toy_options();
    options.weight_decay = 0;
    options.learning_rate = 0;
    expect_unmoved(&options, train);
    options = toy_options();
    options.weight_decay = 0;
    options.clip_norm = 0;
    expect_unmoved(&options, train);
    options = toy_options();
    options.weight_decay = 0;
    options.schedule = RESNET_SCHEDULE_MULTI_STEP;
    options.gamma = 0;
    options.milestones[0] = 0; /* from the first step on */
    options.milestones[1] = 3;
    expect_unmoved(&options, train);
    resnet_dataset_free(train);
}

/* The presets mix nothing, so the host's own fields do. */
static void test_zero_mixes_nothing(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(8, 0);
    resnet_augment mixing;
    resnet_trainer_options options = toy_options();
    assert_ok(resnet_augment_init(&mixing, sizeof mixing, NULL));
    mixing.mixup_alpha = 0.5F;
    resnet_model *plain = train_with(&options, train);
    options.augmentation = &mixing;
    resnet_model *mixed = train_with(&options, train);
    options.mixup_alpha = 0;
    resnet_model *unmixed = train_with(&options, train);
    assert_false(same_weights(plain, mixed));
    assert_true(same_weights(plain, unmixed));
    resnet_model_free(plain);
    resnet_model_free(mixed);
    resnet_model_free(unmixed);
    resnet_dataset_free(train);
}

static void test_defaults_are_written_out(void **state)
{
    (void)state;
    resnet_trainer_options options;
    resnet_evaluate_options evaluate_options;
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    assert_true(options.learning_rate == -1 && options.momentum == -1 && options.beta2 == -1);
    assert_true(options.weight_decay == -1 && options.clip_norm == -1);
    assert_true(options.mixup_alpha == -1 && options.cutmix_alpha == -1);
    assert_true(options.stop_patience == RESNET_NEVER);
    for (size_t i = 0; i < RESNET_MAX_MILESTONES; i++) assert_true(options.milestones[i] == -1);
    assert_ok(resnet_evaluate_options_init(&evaluate_options, sizeof evaluate_options));
    assert_int_equal(evaluate_options.batch_size, 32);
}

/* ---- random features ---- */

static void test_random_features_are_frozen_only_when_asked_for(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(8, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    struct {
        int32_t freeze;
        uint32_t train_last, head_epochs;
        const char *names;
    } ways[] = {{RESNET_FREEZE_ALL, 0, 0, NULL},
                {RESNET_FREEZE_STEM, 0, 0, NULL},
                {RESNET_FREEZE_NONE, 3, 0, NULL},
                {RESNET_FREEZE_NONE, 0, 2, NULL},
                {RESNET_FREEZE_NONE, 0, 0, "layer4.2.conv3"}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        resnet_trainer_options options = toy_options();
        options.allow_random_features = 0;
        options.freeze = ways[i].freeze;
        options.train_last = ways[i].train_last;
        options.head_epochs = ways[i].head_epochs;
        options.freeze_names = ways[i].names;
        assert_int_equal(resnet_trainer_create(&trainer, model, train, NULL, &options),
                         RESNET_E_INVALID);
        assert_non_null(strstr(resnet_last_error(), "random weights"));
    }
    resnet_trainer_options options = toy_options();
    options.allow_random_features = 0;
    resnet_trainer_free(toy_fit(model, train, NULL, &options)); /* now it has learnt something */
    options.freeze = RESNET_FREEZE_ALL;
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, &options));
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* ---- what is told ---- */

typedef struct told {
    size_t n_epochs;
    uint64_t epochs[8], events[8], best_epochs[8];
    double reduced[8];
} told;

static int32_t note(void *user_data, const resnet_progress *progress)
{
    told *t = user_data;
    if (!progress->epoch_done) {
        assert_int_equal(progress->events, 0);
        assert_true(isnan(progress->reduced_rate));
        return 0;
    }
    t->epochs[t->n_epochs] = progress->epoch;
    t->events[t->n_epochs] = progress->events;
    t->best_epochs[t->n_epochs] = progress->best_epoch;
    t->reduced[t->n_epochs++] = progress->reduced_rate;
    return 0;
}

static void hear_info(void *user_data, int32_t level, const char *message)
{
    char *heard = user_data;
    const size_t length = strlen(heard);
    if (level <= RESNET_LOG_INFO) snprintf(heard + length, 1024 - length, "%s\n", message);
}

/* No epoch improves by 1000, so the first stays the best for plateaus and for stopping. */
static void test_what_happens_is_told(void **state)
{
    (void)state;
    told t = {0};
    char heard[1024] = "";
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_fit_summary summary;
    resnet_trainer_options options = toy_options();
    options.n_epochs = 8;
    options.learning_rate = 0.02F;
    options.schedule = RESNET_SCHEDULE_PLATEAU;
    options.plateau_patience = 0;
    options.plateau_min_delta = 1000;
    options.plateau_absolute = 1;
    options.stop_patience = 2;
    options.stop_min_delta = 1000;
    options.restore_best = 1;
    options.monitor = RESNET_MONITOR_VAL_MACRO_F1;
    options.on_progress = note;
    options.progress_user_data = &t;
    options.log = hear_info;
    options.log_user_data = heard;
    assert_ok(resnet_trainer_create(&trainer, model, train, train, &options));
    assert_ok(resnet_trainer_copy_summary(&summary, sizeof summary, trainer));
    assert_int_equal(summary.stop_reason, RESNET_STOP_NONE);
    assert_int_equal(summary.best_epoch, 0);
    assert_true(isnan(summary.best_value));
    assert_ok(resnet_trainer_fit(trainer));
    assert_int_equal(t.n_epochs, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(t.epochs[i], i + 1);
    assert_int_equal(t.events[0], RESNET_EVENT_BEST);
    assert_int_equal(t.events[1] & ~(uint64_t)RESNET_EVENT_BEST, RESNET_EVENT_RATE_REDUCED);
    assert_true(isnan(t.reduced[0]));
    assert_near(t.reduced[1], 0.002, 1e-9, "reduced rate");
    assert_int_equal(t.events[2] & ~(uint64_t)RESNET_EVENT_BEST,
                     RESNET_EVENT_RATE_REDUCED | RESNET_EVENT_STOPPED);
    assert_ok(resnet_trainer_copy_summary(&summary, sizeof summary, trainer));
    assert_int_equal(summary.n_epochs, 3);
    assert_int_equal(summary.n_planned_epochs, 8);
    assert_int_equal(summary.stop_reason, RESNET_STOP_EARLY);
    assert_int_equal(summary.n_reductions, 2);
    assert_int_equal(summary.monitor, RESNET_MONITOR_VAL_MACRO_F1);
    assert_string_equal(resnet_monitor_name(summary.monitor), "val_macro_f1");
    assert_true(summary.best_epoch >= 1 && summary.best_epoch <= 3);
    assert_int_equal(summary.best_epoch, t.best_epochs[2]);
    assert_int_equal(summary.restored_epoch, summary.best_epoch);
    assert_true(summary.best_value >= summary.val_macro_f1);
    assert_non_null(strstr(heard, "epoch 2: learning rate reduced to 0.002"));
    assert_non_null(strstr(heard, "epoch 3: training stopped, the best was epoch 1"));
    assert_non_null(strstr(heard, "the best, are restored"));
    assert_int_equal(resnet_trainer_copy_summary(NULL, sizeof summary, trainer), RESNET_E_INVALID);
    assert_int_equal(resnet_trainer_copy_summary(&summary, 8, trainer), RESNET_E_INVALID);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* ---- callbacks that fail ---- */

static int32_t raise_error(void *user_data, const resnet_progress *progress)
{
    (void)user_data, (void)progress;
    (void)resnet_set_error(RESNET_E_UNSUPPORTED, "ValueError: no such colour");
    return 1;
}

static double bad_rate(void *user_data, uint64_t epoch, uint64_t step, uint64_t n, double planned)
{
    (void)epoch, (void)step, (void)n, (void)planned;
    if (user_data) (void)resnet_set_error(RESNET_E_IO, "rates.csv: not found");
    return (double)NAN;
}

static void expect_failure(const resnet_trainer_options *options, const resnet_dataset *train,
                           resnet_status status, const char *words)
{
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, options));
    assert_int_equal(resnet_trainer_fit(trainer), status);
    if (!strstr(resnet_last_error(), words)) fail_msg("%s", resnet_last_error());
    resnet_trainer_free(trainer);
    resnet_model_free(model);
}

static void test_failing_callbacks_keep_their_cause(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(8, 0);
    resnet_trainer_options options = toy_options();
    options.on_progress = raise_error;
    expect_failure(&options, train, RESNET_E_UNSUPPORTED, "ValueError: no such colour");
    options = toy_options();
    options.on_schedule = bad_rate;
    expect_failure(&options, train, RESNET_E_INVALID, "on_schedule returned");
    options.schedule_user_data = &options;
    expect_failure(&options, train, RESNET_E_IO, "rates.csv: not found");
    resnet_dataset_free(train);
}

static void test_refuses_other_classes(void **state)
{
    (void)state;
    resnet_trainer *trainer = NULL;
    resnet_metrics *metrics = NULL;
    resnet_dataset *train = toy_dataset(6, 0);
    resnet_model *model = NULL;
    assert_ok(resnet_model_create(&model, NULL));
    assert_int_equal(resnet_trainer_create(&trainer, model, train, NULL, NULL), RESNET_E_INVALID);
    assert_non_null(strstr(resnet_last_error(), "3 classes"));
    assert_ok(resnet_metrics_create(&metrics, 3, NULL, NULL));
    assert_int_equal(resnet_evaluate(metrics, model, train, NULL), RESNET_E_INVALID);
    resnet_metrics_free(metrics);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_options_of_an_unknown_size(void **state)
{
    (void)state;
    resnet_trainer_options options;
    assert_int_equal(resnet_trainer_options_init(&options, 8), RESNET_E_INVALID);
    assert_int_equal(resnet_trainer_options_init(NULL, sizeof options), RESNET_E_INVALID);
    assert_true(resnet_scale_learning_rate(0.1F, 512, 256) == 0.2F);
}

/* Without fmax(): gcc 12 for arm64 breaks down over it. */
static double largest_value(const resnet_model *model)
{
    double largest = 0;
    for (size_t i = 0; i < model->net->n_params; i++) {
        const float *values = rn_net_get_values(model->net, i);
        for (size_t j = 0; j < model->net->params[i].count; j++)
            if (fabs((double)values[j]) > largest) largest = fabs((double)values[j]);
    }
    return largest;
}

/* Batch norms of two maps of one pixel divide by next to nothing: two pictures left over would
 * wreck the weights. */
static void test_two_pictures_left_over_do_no_harm(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(18, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer_options options = toy_options();
    options.batch_size = 16;
    resnet_trainer_free(toy_fit(model, train, NULL, &options));
    assert_true(largest_value(model) < 1000); /* variances are the largest */
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = toy_options();
    options.freeze = RESNET_FREEZE_ALL; /* small state, so that many tries are quick */
    options.ema_decay = 0.5F;
    options.restore_best = 1;
    options.balance = RESNET_BALANCE_WEIGHTS;
    options.history_csv = "/tmp/resnet50-never-written";
    resnet_status status = RESNET_E_NOMEM;
    uint64_t k = 0;
    while (status == RESNET_E_NOMEM) {
        rn_mem_fail_at(++k);
        status = resnet_trainer_create(&trainer, model, train, train, &options);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_null(trainer);
    }
    assert_ok(status);
    assert_true(k > 30);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_two_pictures_left_over_do_no_harm),
        cmocka_unit_test(test_threads_do_not_show),
        cmocka_unit_test(test_steady_state_allocates_nothing),
        cmocka_unit_test(test_cancelled_run_goes_on),
        cmocka_unit_test(test_loss_that_is_no_number_stops),
        cmocka_unit_test(test_steps_and_gradients),
        cmocka_unit_test(test_refuses_bad_options),
        cmocka_unit_test(test_zero_is_zero),
        cmocka_unit_test(test_zero_mixes_nothing),
        cmocka_unit_test(test_defaults_are_written_out),
        cmocka_unit_test(test_random_features_are_frozen_only_when_asked_for),
        cmocka_unit_test(test_what_happens_is_told),
        cmocka_unit_test(test_failing_callbacks_keep_their_cause),
        cmocka_unit_test(test_refuses_other_classes),
        cmocka_unit_test(test_options_of_an_unknown_size),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
