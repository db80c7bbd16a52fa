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
    options.n_epochs = 8;
    options.on_progress = watch;
    options.progress_user_data = &c;
    resnet_trainer *trainer = toy_fit(model, train, validation, &options);
    assert_int_equal(c.n_steps, 8 * 6);
    assert_int_equal(c.n_epochs, 8);
    assert_true(c.loss < 0.6 * c.first_loss);
    assert_true(c.accuracy >= 0.7);
    assert_true(c.val_accuracy >= 0.7);
    assert_ok(resnet_metrics_create(&metrics, TOY_CLASSES, NULL, NULL));
    assert_ok(resnet_evaluate(model, validation, metrics, NULL));
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
    REFUSE(n_class_weights, 3);
    REFUSE(class_weights, &negative);
    REFUSE(freeze_names, "layer1.*,layer9.*");
    resnet_trainer_options options = toy_options();
    options.stage_rates[2] = -1;
    expect_refused(model, &options, "stage_rates");
    resnet_model_free(model);
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
    assert_int_equal(resnet_evaluate(model, train, metrics, NULL), RESNET_E_INVALID);
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

static double largest_value(const resnet_model *model)
{
    double largest = 0;
    for (size_t i = 0; i < model->net->n_params; i++) {
        const float *values = rn_net_get_values(model->net, i);
        for (size_t j = 0; j < model->net->params[i].count; j++)
            largest = fmax(largest, fabs((double)values[j]));
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
    assert_int_equal(status, RESNET_OK);
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
        cmocka_unit_test(test_refuses_other_classes),
        cmocka_unit_test(test_options_of_an_unknown_size),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
