/* However a fit ends, what was learnt is kept and can go on: pictures that fail late, full disks,
 * histories that cannot be written, wishes to stop heard wherever it is. SPDX-License-Identifier:
 * MIT */
#include "../../scratch.h"
#include "toy.h"

#include "train/trainer.h"

#include <resnet/cancel.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_SAMPLES 24

static char folder[SCRATCH_SIZE], last[128], best[128], history[128];

static int enter(void **state)
{
    (void)state;
    if (!scratch_folder(folder)) return -1;
    snprintf(last, sizeof last, "%s/last.rnck", folder);
    snprintf(best, sizeof best, "%s/best.h5", folder);
    snprintf(history, sizeof history, "%s/log/history.csv", folder);
    return 0;
}

static int leave(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* Pictures of a callback that fails, or cancels, at a sample's n-th showing. */
typedef struct source {
    size_t at; /* showings still to go well; SIZE_MAX: all */
    resnet_trainer *trainer;
    resnet_cancel_token *token; /* cancelled instead of failing */
} source;

static resnet_status read_toy(void *user_data, resnet_image **out, uint64_t index)
{
    source *s = user_data;
    unsigned char pixels[TOY_SIZE * TOY_SIZE * 3];
    if (s->at != SIZE_MAX && s->at-- == 0) {
        s->at = SIZE_MAX;
        if (s->trainer) resnet_trainer_cancel(s->trainer);
        if (s->token) resnet_cancel_token_cancel(s->token);
        if (!s->trainer && !s->token) return resnet_set_error(RESNET_E_IO, "the disk has gone");
    }
    toy_draw(pixels, index % TOY_CLASSES, index);
    return resnet_image_from_pixels(out, pixels, TOY_SIZE, TOY_SIZE, 0, RESNET_PIXELS_RGB, NULL);
}

static resnet_dataset *open_source(source *s)
{
    const char *const names[TOY_CLASSES] = {"across", "along", "slanted"};
    int32_t labels[N_SAMPLES];
    resnet_dataset *dataset = NULL;
    for (int32_t i = 0; i < N_SAMPLES; i++) labels[i] = i % TOY_CLASSES;
    assert_ok(resnet_dataset_from_callback(&dataset, read_toy, s, N_SAMPLES, labels, names,
                                           TOY_CLASSES, NULL));
    return dataset;
}

static resnet_trainer_options make_options(void)
{
    resnet_trainer_options options = toy_options();
    options.n_epochs = 3;
    options.cache_bytes = 0; /* every showing reads the picture */
    options.n_loaders = 1;
    return options;
}

static void assert_finite(const resnet_model *model)
{
    const rn_net *net = model->net;
    for (size_t i = 0; i < net->n_params; i++)
        for (size_t j = 0; j < net->params[i].count; j++)
            if (!isfinite(rn_net_get_values(net, i)[j])) fail_msg("%s", net->params[i].name);
}

static resnet_fit_summary summary_of(const resnet_trainer *trainer)
{
    resnet_fit_summary summary;
    assert_ok(resnet_trainer_copy_summary(&summary, sizeof summary, trainer));
    return summary;
}

/* ---- pictures ---- */

/* The second epoch's fourth batch of six holds the bad picture; two batches make a step, so that
 * half of one is under way. */
static void test_late_bad_picture_costs_one_step(void **state)
{
    (void)state;
    source fine = {.at = SIZE_MAX}, bad = {.at = N_SAMPLES + 14};
    resnet_dataset *good_data = open_source(&fine), *bad_data = open_source(&bad);
    resnet_model *whole = toy_model(1, 0), *broken = toy_model(1, 0), *again = toy_model(1, 0);
    resnet_trainer_options options = make_options();
    resnet_trainer *trainer = NULL;
    options.batch_size = 4;
    options.accumulate = 2;
    resnet_trainer_free(toy_fit(whole, good_data, NULL, &options));
    options.checkpoint_folder = folder;
    assert_ok(resnet_trainer_create(&trainer, broken, bad_data, NULL, &options));
    bad.at = N_SAMPLES + 14; /* a few were looked at */
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_IO);
    assert_non_null(strstr(resnet_last_error(), "the disk has gone"));
    assert_int_equal(summary_of(trainer).stop_reason, RESNET_STOP_FAILED);
    assert_int_equal(summary_of(trainer).n_epochs, 1);
    assert_finite(broken);
    assert_int_equal(access(last, F_OK), 0);
    options.resume = 1; /* another process goes on from there, or this one does */
    resnet_trainer_free(toy_fit(again, good_data, NULL, &options));
    assert_same_model(whole, again);
    assert_ok(resnet_trainer_fit(trainer));
    assert_same_model(whole, broken);
    resnet_trainer_free(trainer);
    resnet_model_free(whole);
    resnet_model_free(broken);
    resnet_model_free(again);
    resnet_dataset_free(good_data);
    resnet_dataset_free(bad_data);
}

static void test_no_number_leaves_statistics_that_are(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(16, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = toy_options();
    rn_net *net = model->net;
    options.checkpoint_folder = folder;
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, &options));
    const size_t weight = rn_net_find(net, "layer2.0.conv2.weight");
    rn_net_get_values(net, weight)[0] = NAN; /* as if a step had gone astray */
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_STATE);
    rn_net_get_values(net, weight)[0] = 0;
    assert_finite(model);
    assert_true(access(last, F_OK) != 0); /* no checkpoint of that */
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* ---- disks ---- */

static void limit_files(rlim_t bytes, struct rlimit *old)
{
    struct rlimit small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, old), 0);
    small = *old;
    small.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
}

static size_t count_lines(const char *path)
{
    size_t n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int c; (c = fgetc(file)) != EOF;) n += c == '\n';
    fclose(file);
    return n;
}

static void test_best_and_history_are_written_once_there_is_room(void **state)
{
    (void)state;
    struct rlimit old;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = make_options();
    char csv[128];
    snprintf(csv, sizeof csv, "%s/history.csv", folder);
    options.n_epochs = 1;
    options.checkpoint_folder = folder;
    options.history_csv = csv;
    assert_ok(resnet_trainer_create(&trainer, model, train, train, &options));
    limit_files(1 << 20, &old);
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_true(access(best, F_OK) != 0);
    assert_int_equal(summary_of(trainer).n_epochs, 0);
    assert_ok(resnet_trainer_fit(trainer));
    assert_int_equal(access(best, F_OK), 0);
    assert_int_equal(access(last, F_OK), 0);
    assert_int_equal(count_lines(csv), 2);
    assert_int_equal(summary_of(trainer).best_epoch, 1);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* What the log heard, and what is done at epochs' ends. */
typedef struct listener {
    size_t n_warnings;
    char *first_folder;
} listener;

static void hear(void *user_data, int32_t level, const char *message)
{
    listener *l = user_data;
    (void)message;
    l->n_warnings += level == RESNET_LOG_WARNING;
}

/* The folder is gone during the second epoch's end, and back for the third. */
static int32_t move_folder(void *user_data, const resnet_progress *progress)
{
    listener *l = user_data;
    char away[160];
    snprintf(away, sizeof away, "%s.away", l->first_folder);
    if (progress->epoch_done && progress->epoch == 1)
        assert_int_equal(rename(l->first_folder, away), 0);
    if (progress->epoch_done && progress->epoch == 2)
        assert_int_equal(rename(away, l->first_folder), 0);
    return 0;
}

static void test_histories_that_cannot_be_written_do_not_stop(void **state)
{
    (void)state;
    char logs[128], jsonl[160];
    listener l = {0, logs};
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer_options options = make_options();
    snprintf(logs, sizeof logs, "%s/log", folder);
    snprintf(jsonl, sizeof jsonl, "%s/log/history.jsonl", folder);
    assert_int_equal(mkdir(logs, 0700), 0);
    options.history_csv = history;
    options.history_jsonl = jsonl;
    options.tensorboard_folder = logs;
    options.log = hear;
    options.log_user_data = &l;
    options.on_progress = move_folder;
    options.progress_user_data = &l;
    resnet_trainer_free(toy_fit(model, train, NULL, &options));
    assert_int_equal(l.n_warnings, 3); /* one for each file */
    assert_int_equal(count_lines(history), 4);
    assert_int_equal(count_lines(jsonl), 3);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_histories_are_tried_before_the_first_step(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_model *model = toy_model(1, 0);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = make_options();
    options.history_csv = history; /* its folder is not there */
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, &options));
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_NOT_FOUND);
    assert_int_equal(summary_of(trainer).n_steps, 0);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

/* ---- wishes to stop ---- */

static void expect_cancel_heard(bool head_only)
{
    source fine = {.at = SIZE_MAX}, stops = {.at = SIZE_MAX};
    resnet_dataset *train = open_source(&fine), *validation = open_source(&stops);
    resnet_model *whole = toy_model(1, 0), *broken = toy_model(1, 0);
    resnet_trainer_options options = make_options();
    resnet_trainer *trainer = NULL;
    options.n_epochs = 2;
    options.batch_size = 4;
    options.freeze = head_only ? RESNET_FREEZE_ALL : RESNET_FREEZE_NONE;
    resnet_trainer_free(toy_fit(whole, train, validation, &options));
    options.checkpoint_folder = folder;
    assert_ok(resnet_trainer_create(&trainer, broken, train, validation, &options));
    stops.trainer = trainer;
    stops.at = 2; /* of 24 pictures of the first evaluation */
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_CANCELLED);
    const resnet_fit_summary summary = summary_of(trainer);
    assert_int_equal(summary.n_epochs, 0);
    assert_int_equal(summary.n_steps, 6);
    assert_int_equal(summary.stop_reason, RESNET_STOP_CANCELLED);
    assert_int_equal(access(last, F_OK), 0);
    assert_ok(resnet_trainer_fit(trainer));
    assert_same_model(whole, broken);
    resnet_trainer_free(trainer);
    resnet_model_free(whole);
    resnet_model_free(broken);
    resnet_dataset_free(train);
    resnet_dataset_free(validation);
}

static void test_cancel_is_heard_in_validation(void **state)
{
    (void)state;
    expect_cancel_heard(false);
}

static void test_cancel_is_heard_while_features_are_made(void **state)
{
    (void)state;
    expect_cancel_heard(true);
}

static void test_evaluation_can_be_cancelled(void **state)
{
    (void)state;
    source s = {.at = SIZE_MAX};
    resnet_model *model = toy_model(1, 0);
    resnet_metrics *metrics = NULL;
    resnet_evaluate_options options;
    resnet_dataset *dataset = open_source(&s);
    assert_ok(resnet_cancel_token_create(&s.token));
    assert_ok(resnet_metrics_create(&metrics, TOY_CLASSES, NULL, NULL));
    assert_ok(resnet_evaluate_options_init(&options, sizeof options));
    options.batch_size = 2;
    options.n_loaders = 1;
    options.cancel = s.token;
    s.at = 6;
    assert_int_equal(resnet_evaluate(metrics, model, dataset, &options), RESNET_E_CANCELLED);
    assert_true(resnet_metrics_get_count(metrics) < N_SAMPLES);
    resnet_metrics_clear(metrics);
    assert_int_equal(resnet_evaluate(metrics, model, dataset, &options), RESNET_E_CANCELLED);
    assert_int_equal(resnet_metrics_get_count(metrics), 0);
    resnet_cancel_token_reset(s.token);
    assert_int_equal(resnet_cancel_token_is_cancelled(s.token), 0);
    assert_ok(resnet_evaluate(metrics, model, dataset, &options));
    assert_int_equal(resnet_metrics_get_count(metrics), N_SAMPLES);
    resnet_cancel_token_free(s.token);
    resnet_metrics_free(metrics);
    resnet_model_free(model);
    resnet_dataset_free(dataset);
}

/* ---- recalibration ---- */

static void test_recalibration_that_fails_can_be_repeated(void **state)
{
    (void)state;
    source fine = {.at = SIZE_MAX}, bad = {.at = SIZE_MAX};
    resnet_dataset *good_data = open_source(&fine), *bad_data = open_source(&bad);
    resnet_model *whole = toy_model(1, 0), *broken = toy_model(1, 0);
    resnet_trainer_options options = make_options();
    resnet_trainer *trainer = NULL;
    options.n_epochs = 1;
    options.ema_decay = 0.5F;
    options.recalibrate_batches = 3;
    resnet_trainer_free(toy_fit(whole, good_data, NULL, &options));
    assert_ok(resnet_trainer_create(&trainer, broken, bad_data, NULL, &options));
    bad.at = N_SAMPLES + 20;
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_IO);
    assert_int_equal(summary_of(trainer).n_epochs, 1);
    assert_finite(broken);
    assert_ok(resnet_trainer_fit(trainer));
    assert_same_model(whole, broken);
    resnet_trainer_free(trainer);
    resnet_model_free(whole);
    resnet_model_free(broken);
    resnet_dataset_free(good_data);
    resnet_dataset_free(bad_data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_late_bad_picture_costs_one_step),
        TEST(test_no_number_leaves_statistics_that_are),
        TEST(test_best_and_history_are_written_once_there_is_room),
        TEST(test_histories_that_cannot_be_written_do_not_stop),
        TEST(test_histories_are_tried_before_the_first_step),
        TEST(test_cancel_is_heard_in_validation),
        TEST(test_cancel_is_heard_while_features_are_made),
        TEST(test_evaluation_can_be_cancelled),
        TEST(test_recalibration_that_fails_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
