/* resnet50 train: teach it the classes of a folder. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "evaluation.h"
#include "file_format.h"
#include "freeze_stages.h"
#include "match_classes.h"
#include "open_model.h"
#include "output.h"
#include "progress.h"

#include <resnet/trainer.h>

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADAM_LEARNING_RATE 1e-3

typedef struct train_settings {
    common_settings common;
    const char *data;
    const char *out;
    uint64_t epochs, batch, seed, shards, loaders, hidden;
    double learning_rate, momentum, weight_decay, dropout, val_fraction;
    int32_t freeze, optimizer, corrupt;
    int new_head, zero_init_residual, shrink;
} train_settings;

static const choice optimizers[] = {
    {"sgd", RESNET_OPTIMIZER_SGD}, {"adam", RESNET_OPTIMIZER_ADAM}, {NULL, 0}};
static const choice corrupt_policies[] = {
    {"error", RESNET_CORRUPT_ERROR}, {"skip", RESNET_CORRUPT_SKIP}, {NULL, 0}};

static const option_row options[] = {
    OPTION_TEXT(train_settings, data, "--data", "DIR",
                "one folder of pictures per class; or train/ and val/ with those"),
    OPTION_TEXT(train_settings, out, "--out", "FILE", "the model learnt: .h5 or .safetensors"),
    OPTION_COUNT(train_settings, epochs, "--epochs", "N", 1, 1e6, "passes over the pictures"),
    OPTION_COUNT(train_settings, batch, "--batch", "N", 1, 65536, "pictures a step"),
    OPTION_CHOICE(train_settings, optimizer, "--optimizer", "NAME", optimizers, "how it learns"),
    OPTION_NUMBER(train_settings, learning_rate, "--lr", "X", 0, 1000,
                  "learning rate (default: 0.01 for sgd, 0.001 for adam)"),
    OPTION_NUMBER(train_settings, momentum, "--momentum", "X", 0, 0.9999, "of sgd"),
    OPTION_NUMBER(train_settings, weight_decay, "--weight-decay", "X", 0, 10, "L2 penalty"),
    OPTION_CHOICE(train_settings, freeze, "--freeze", "STAGE", freeze_stages,
                  "what keeps its weights, from the input on"),
    OPTION_FLAG(train_settings, new_head, "--new-head",
                "with --weights: a new last layer even if the classes are the same"),
    OPTION_COUNT(train_settings, hidden, "--hidden", "N", 0, 65536,
                 "units of a hidden layer in a new head (default: none)"),
    OPTION_NUMBER(train_settings, dropout, "--dropout", "X", 0, 0.999, "before a new last layer"),
    OPTION_FLAG(train_settings, zero_init_residual, "--zero-init-residual",
                "without --weights: each block starts as the identity"),
    OPTION_COUNT(train_settings, seed, "--seed", "N", 0, 9007199254740992.0,
                 "of initial weights, order and split; equal seeds, equal bits (default 0)"),
    OPTION_NUMBER(train_settings, val_fraction, "--val-fraction", "X", 1e-6, 0.999999,
                  "share held out where there is no val/"),
    OPTION_CHOICE(train_settings, corrupt, "--on-corrupt", "WHAT", corrupt_policies,
                  "what becomes of pictures that cannot be read"),
    OPTION_FLAG(train_settings, shrink, "--shrink",
                "decode large photographs at a fraction of their size: faster, not bit-exact"),
    OPTION_COUNT(train_settings, shards, "--shards", "N", 1, 64,
                 "parts of a batch; it decides the rounding of sums, threads do not"),
    OPTION_COUNT(train_settings, loaders, "--loaders", "N", 0, 4096,
                 "decoding threads (default: as many as --threads)"),
    OPTION_END,
};

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

static int open_part(const train_settings *settings, resnet_dataset **out, int32_t part)
{
    resnet_dataset_options dataset_options;
    if (resnet_dataset_options_init(&dataset_options, sizeof dataset_options))
        return say_last_error();
    dataset_options.part = part;
    dataset_options.seed = settings->seed;
    dataset_options.val_fraction = settings->val_fraction;
    dataset_options.on_corrupt = settings->corrupt;
    dataset_options.shrink = (uint32_t)settings->shrink;
    return resnet_dataset_open_folder(out, settings->data, &dataset_options) ? say_last_error() : 0;
}

static int open_data(training *self)
{
    if (open_part(self->settings, &self->train, RESNET_PART_TRAIN)) return EXIT_FAILED;
    if (open_part(self->settings, &self->validation, RESNET_PART_VAL)) return EXIT_FAILED;
    fprintf(stderr, "%zu classes, %zu pictures to learn from, %zu held out\n",
            resnet_dataset_get_n_classes(self->train), resnet_dataset_get_n_samples(self->train),
            resnet_dataset_get_n_samples(self->validation));
    return 0;
}

/* --- the model --- */

static int create_model(training *self)
{
    resnet_model_options model_options;
    if (resnet_model_options_init(&model_options, sizeof model_options)) return say_last_error();
    model_options.seed = self->settings->seed;
    model_options.n_classes = (uint32_t)resnet_dataset_get_n_classes(self->train);
    model_options.zero_init_residual = (uint32_t)self->settings->zero_init_residual;
    model_options.dropout = (float)self->settings->dropout;
    model_options.n_hidden = self->settings->hidden > 0;
    model_options.hidden_sizes[0] = (uint32_t)self->settings->hidden;
    return resnet_model_create(&self->model, &model_options) ? say_last_error() : 0;
}

static int load_with_new_head(training *self, const char *path)
{
    resnet_load_options load_options;
    if (resnet_load_options_init(&load_options, sizeof load_options)) return say_last_error();
    load_options.seed = self->settings->seed;
    load_options.new_head = 1;
    load_options.n_classes = (uint32_t)resnet_dataset_get_n_classes(self->train);
    load_options.dropout = (float)self->settings->dropout;
    load_options.n_hidden = self->settings->hidden > 0;
    load_options.hidden_sizes[0] = (uint32_t)self->settings->hidden;
    return resnet_model_load(&self->model, path, &load_options) ? say_last_error() : 0;
}

/* A head for these very classes goes on learning; any other gives way to a new one. */
static int load_model(training *self, const char *path)
{
    char difference[512];
    const train_settings *settings = self->settings;
    if (!settings->new_head && !settings->hidden && settings->dropout <= 0 &&
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
    const train_settings *settings = work->settings;
    int status =
        settings->common.weights ? load_model(work, settings->common.weights) : create_model(work);
    if (!status) status = apply_recipe(self, work->model, &settings->common);
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

static int fill_options(const train_settings *settings, resnet_trainer_options *out)
{
    if (resnet_trainer_options_init(out, sizeof *out)) return say_last_error();
    out->seed = settings->seed;
    out->n_epochs = (uint32_t)settings->epochs;
    out->batch_size = (uint32_t)settings->batch;
    out->n_threads = (uint32_t)settings->common.threads;
    out->n_shards = (uint32_t)settings->shards;
    out->n_loaders = (uint32_t)settings->loaders;
    out->freeze = settings->freeze;
    out->optimizer = settings->optimizer;
    if (settings->optimizer == RESNET_OPTIMIZER_ADAM)
        out->learning_rate = (float)ADAM_LEARNING_RATE;
    if (settings->learning_rate > 0) out->learning_rate = (float)settings->learning_rate;
    out->momentum = (float)settings->momentum;
    out->weight_decay = (float)settings->weight_decay;
    out->log = say_log;
    return 0;
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

static int evaluate(training *self, resnet_trainer_options *trainer_options)
{
    const char **names = list_classes(self->validation);
    trainer_options->on_progress = NULL;
    int status = 0;
    if (resnet_metrics_create(&self->metrics, resnet_model_get_n_classes(self->model), names,
                              NULL) ||
        resnet_evaluate(self->model, self->validation, self->metrics, trainer_options))
        status = say_last_error();
    free(names);
    return status;
}

static int tell(const training *self)
{
    if (!self->settings->common.json) {
        if (self->metrics) print_evaluation(self->metrics);
        return 0;
    }
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
    resnet_trainer_options trainer_options;
    int status = fill_options(work->settings, &trainer_options);
    if (!status) status = open_data(work);
    if (!status) status = open_weights(self, work);
    if (!status) status = fit(work, &trainer_options);
    if (!status) status = save(work);
    if (!status && !work->is_cancelled) status = evaluate(work, &trainer_options);
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

static int check_settings(const command *self, const train_settings *settings)
{
    if (!settings->data) return usage_error(self, "--data is missing");
    if (!settings->out) return usage_error(self, "--out is missing");
    return check_out(self, settings->out);
}

/* The library's defaults are the program's. */
static int init_settings(train_settings *settings)
{
    resnet_trainer_options trainer_options;
    resnet_dataset_options dataset_options;
    if (resnet_trainer_options_init(&trainer_options, sizeof trainer_options) ||
        resnet_dataset_options_init(&dataset_options, sizeof dataset_options))
        return say_last_error();
    *settings = (train_settings){
        .epochs = trainer_options.n_epochs,
        .batch = trainer_options.batch_size,
        .shards = trainer_options.n_shards,
        .momentum = (double)trainer_options.momentum,
        .weight_decay = (double)trainer_options.weight_decay,
        .freeze = trainer_options.freeze,
        .optimizer = trainer_options.optimizer,
        .val_fraction = dataset_options.val_fraction,
        .corrupt = dataset_options.on_corrupt,
    };
    return 0;
}

static int run(const command *self, int argc, char **argv)
{
    train_settings settings;
    int status = init_settings(&settings);
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
        "val_accuracy, learning_rate, images_per_second}], validation}, the last as evaluate's.\n"
        "RESNET50_WEIGHTS is not looked at: without --weights it learns from scratch.\n",
    .options = options,
    .run = run,
};
