/* resnet50 train: teach it the classes of a folder. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "evaluation.h"
#include "file_format.h"
#include "match_classes.h"
#include "open_model.h"
#include "output.h"
#include "progress.h"
#include "save_report.h"
#include "train_options.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that a run works on. */
typedef struct training {
    const train_settings *settings;
    resnet_dataset *train, *validation;
    resnet_model *model;
    resnet_trainer *trainer;
    resnet_metrics *metrics;
    progress_teller teller;
    int is_cancelled;
} training;

/* --- the pictures --- */

static int holds_out(const data_settings *data)
{
    return data->options.val_fraction > 0 || has_parts(data);
}

static int open_parts(training *self)
{
    const data_settings *data = &self->settings->data;
    const int two = holds_out(data);
    if (open_data(data, two ? RESNET_PART_TRAIN : RESNET_PART_ALL, &self->train) ||
        (two && open_data(data, RESNET_PART_VAL, &self->validation)))
        return EXIT_FAILED;
    if (resnet_dataset_get_n_classes(self->train) < 2)
        return say_error("%s: one class only, so there is nothing to tell apart", data->path);
    fprintf(stderr, "%zu classes, %zu pictures to learn from, %zu held out\n",
            resnet_dataset_get_n_classes(self->train), resnet_dataset_get_n_samples(self->train),
            resnet_dataset_get_n_samples(self->validation));
    return 0;
}

/* --- the model --- */

static int create_model(training *self)
{
    const train_settings *settings = self->settings;
    resnet_model_options options;
    if (resnet_model_options_init(&options, sizeof options)) return say_last_error();
    options.seed = settings->data.options.seed;
    options.n_classes = (uint32_t)resnet_dataset_get_n_classes(self->train);
    options.zero_init_residual = settings->zero_init_residual;
    options.pooling = settings->max_pooling ? RESNET_POOLING_MAX : RESNET_POOLING_AVERAGE;
    options.dropout = settings->dropout;
    options.n_hidden = settings->hidden > 0;
    options.hidden_sizes[0] = settings->hidden;
    return resnet_model_create(&self->model, &options) ? say_last_error() : 0;
}

static int load_with_new_head(training *self, const char *path)
{
    const train_settings *settings = self->settings;
    resnet_load_options options;
    if (resnet_load_options_init(&options, sizeof options)) return say_last_error();
    options.seed = settings->data.options.seed;
    options.new_head = 1;
    options.n_classes = (uint32_t)resnet_dataset_get_n_classes(self->train);
    options.pooling = settings->max_pooling ? RESNET_POOLING_MAX : RESNET_POOLING_AVERAGE;
    options.dropout = settings->dropout;
    options.n_hidden = settings->hidden > 0;
    options.hidden_sizes[0] = settings->hidden;
    return resnet_model_load(&self->model, path, &options) ? say_last_error() : 0;
}

static int wants_new_head(const train_settings *settings)
{
    return settings->new_head || settings->hidden || settings->max_pooling || settings->dropout > 0;
}

/* A head for these very classes goes on learning; any other gives way to a new one. */
static int load_model(training *self, const char *path)
{
    char difference[512];
    if (!wants_new_head(self->settings) &&
        resnet_model_load(&self->model, path, NULL) == RESNET_OK &&
        *resnet_model_get_class_name(self->model, 0) &&
        match_classes(self->model, self->train, difference, sizeof difference))
        return 0;
    resnet_model_free(self->model);
    self->model = NULL;
    fprintf(stderr, "%s: its last layer gives way to a new one of %zu classes\n", path,
            resnet_dataset_get_n_classes(self->train));
    return load_with_new_head(self, path);
}

static int open_weights(const command *self, training *work)
{
    const common_settings *common = &work->settings->data.common;
    int status = common->weights ? load_model(work, common->weights) : create_model(work);
    if (!status) status = apply_recipe(self, work->model, common);
    if (status) return status;
    const char **names = list_classes(work->train);
    if (resnet_model_set_class_names(work->model, names, resnet_model_get_n_classes(work->model)))
        status = say_last_error();
    free(names);
    return status;
}

/* --- learning --- */

static resnet_trainer *interruptible; /* what a signal cancels */

static void interrupt(int signal_number)
{
    (void)signal_number;
    resnet_trainer_cancel(interruptible);
}

/* The first signal cancels, a second one ends the program as ever. */
static void catch_signals(resnet_trainer *trainer)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    interruptible = trainer;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void release_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static void say_log(void *user_data, int32_t level, const char *message)
{
    (void)user_data;
    if (level <= RESNET_LOG_WARNING) say_error("%s", message);
}

/* A cancelled run is no failure yet: what was learnt is still saved and measured. */
static int fit(training *self, resnet_trainer_options *trainer_options)
{
    trainer_options->on_progress = progress_tell;
    trainer_options->progress_user_data = &self->teller;
    if (resnet_trainer_create(&self->trainer, self->model, self->train, self->validation,
                              trainer_options))
        return say_last_error();
    catch_signals(self->trainer);
    const resnet_status status = resnet_trainer_fit(self->trainer);
    release_signals();
    progress_end(&self->teller);
    self->is_cancelled = status == RESNET_E_CANCELLED;
    if (self->is_cancelled) say_error("cancelled; what was learnt so far is kept");
    return status == RESNET_OK || self->is_cancelled ? 0 : say_last_error();
}

static int save(const training *self)
{
    const char *path = self->settings->out;
    if (resnet_model_save(self->model, path, file_format(FORMAT_BY_NAME, path)))
        return say_last_error();
    fprintf(stderr, "%s: saved\n", path);
    return 0;
}

static int evaluate(training *self)
{
    resnet_evaluate_options options;
    if (resnet_evaluate_options_init(&options, sizeof options)) return say_last_error();
    options.batch_size = self->settings->trainer.batch_size;
    options.n_threads = self->settings->data.common.threads;
    options.n_loaders = self->settings->trainer.n_loaders;
    options.log = say_log;
    const char **names = list_classes(self->validation);
    int status = 0;
    if (resnet_metrics_create(&self->metrics, resnet_model_get_n_classes(self->model), names,
                              NULL) ||
        resnet_evaluate(self->model, self->validation, self->metrics, &options))
        status = say_last_error();
    free(names);
    return status;
}

static int tell(const training *self)
{
    if (!self->settings->data.common.json)
        return self->metrics ? print_evaluation(self->metrics) : 0;
    json_t *document = json_object();
    json_put(document, "out", json_text(self->settings->out));
    json_put(document, "cancelled", json_boolean(self->is_cancelled));
    json_put(document, "epochs", json_incref(self->teller.epochs));
    json_put(document, "validation",
             self->metrics ? describe_evaluation(self->metrics) : json_null());
    return print_json(document);
}

static int train(const command *self, training *work)
{
    resnet_trainer_options options = work->settings->trainer;
    options.seed = work->settings->data.options.seed;
    options.n_threads = work->settings->data.common.threads;
    options.log = say_log;
    int status = open_parts(work);
    if (!status) status = open_weights(self, work);
    if (!status) status = fit(work, &options);
    if (!status) status = save(work);
    if (!status && !work->is_cancelled && work->validation) status = evaluate(work);
    if (!status && work->metrics && work->settings->report)
        status = save_report(work->metrics, work->validation, work->teller.epochs,
                             work->settings->report);
    if (!status) status = tell(work);
    return work->is_cancelled ? EXIT_FAILED : status;
}

/* --- the command --- */

/* An hour of learning should not end with a folder that cannot be written to. */
static int check_out(const command *self, const char *path)
{
    if (file_format(FORMAT_BY_NAME, path) == FORMAT_BY_NAME)
        return usage_error(self, "--out %s: neither .h5 nor .safetensors", path);
    char *copy = strdup(path);
    const char *folder = copy ? dirname(copy) : ".";
    const int status = access(folder, W_OK) ? say_error("%s: %s", folder, strerror(errno)) : 0;
    free(copy);
    return status;
}

static int freezes(const resnet_trainer_options *trainer)
{
    return trainer->freeze != RESNET_FREEZE_NONE || trainer->train_last || trainer->freeze_names ||
           trainer->head_epochs;
}

static int check_settings(const command *self, const train_settings *settings)
{
    if (!settings->data.common.weights && freezes(&settings->trainer) &&
        !settings->trainer.allow_random_features)
        return usage_error(self, "without --weights the frozen layers are random, and there is "
                                 "nothing to learn from them; --random-features allows it");
    if (!settings->data.path) return usage_error(self, "--data is missing");
    if (!settings->out) return usage_error(self, "--out is missing");
    if (settings->report && !holds_out(&settings->data))
        return usage_error(self, "--report: nothing is held out to report on");
    if (settings->report && !is_report_name(settings->report))
        return usage_error(self, "--report %s: neither .html, .json nor .txt", settings->report);
    return check_out(self, settings->out);
}

static int run(const command *self, int argc, char **argv)
{
    train_settings settings;
    int status = init_train_settings(&settings);
    if (status || parse_arguments(self, &settings, argc, argv, &status) < 0) return status;
    status = check_settings(self, &settings);
    if (status) return status;
    training work = {.settings = &settings};
    progress_begin(&work.teller);
    status = train(self, &work);
    json_decref(work.teller.epochs);
    resnet_metrics_free(work.metrics);
    resnet_trainer_free(work.trainer);
    resnet_model_free(work.model);
    resnet_dataset_free(work.validation);
    resnet_dataset_free(work.train);
    return status;
}

const command train_command = {
    .name = "train",
    .operands = "",
    .summary = "Teach it the classes of a folder, from scratch or from given weights.",
    .details =
        "Ctrl-C stops after the step at hand and saves what was learnt; the exit status is then\n"
        "1. Progress goes to standard error, the evaluation of the held-out pictures to standard\n"
        "output. JSON: {out, cancelled, epochs: [{epoch, loss, accuracy, val_loss,\n"
        "val_accuracy, val_macro_f1, learning_rate, images_per_second}], validation}, the last as "
        "evaluate's,\n"
        "null when nothing is held out.\n"
        "RESNET50_WEIGHTS is not looked at.\n",
    .without = WITHOUT_WEIGHTS,
    .options = {train_basic_options, data_options, train_head_options, train_optimizer_options,
                train_schedule_options, train_run_options},
    .run = run,
};
