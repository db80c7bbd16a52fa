/* resnet50 train: teach it the classes of a folder. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "evaluation.h"
#include "file_format.h"
#include "interrupt.h"
#include "match_classes.h"
#include "open_model.h"
#include "output.h"
#include "output_check.h"
#include "progress.h"
#include "save_report.h"
#include "train_options.h"

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
    int is_cancelled, is_saved;
} training;

/* --- the pictures --- */

static int open_parts(training *self)
{
    const char *why_not =
        open_learning_data(&self->settings->data, &self->train, &self->validation);
    if (why_not) return say_error("%s", why_not);
    tell_foreign(&self->settings->data, RESNET_PART_TRAIN, self->train);
    say_note("%s, %s to learn from, %zu held out",
             count_of(resnet_dataset_get_n_classes(self->train), "class"),
             count_of(resnet_dataset_get_n_samples(self->train), "picture"),
             resnet_dataset_get_n_samples(self->validation));
    return 0;
}

/* --- the model --- */

/* Copies them to an options struct; returns how many there are. */
static uint32_t copy_hidden(const train_settings *settings, uint32_t sizes[RESNET_MAX_HIDDEN])
{
    uint32_t n = 0;
    memcpy(sizes, settings->hidden, sizeof settings->hidden);
    while (n < RESNET_MAX_HIDDEN && sizes[n]) n++;
    return n;
}

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
    options.n_hidden = copy_hidden(settings, options.hidden_sizes);
    return resnet_model_create(&self->model, &options) ? say_last_error() : 0;
}

static int load_with_new_head(training *self, const char *path)
{
    const train_settings *settings = self->settings;
    resnet_load_options options;
    if (init_load_options(&options, &settings->data.common)) return EXIT_FAILED;
    options.seed = settings->data.options.seed;
    options.new_head = 1;
    options.n_classes = (uint32_t)resnet_dataset_get_n_classes(self->train);
    options.pooling = settings->max_pooling ? RESNET_POOLING_MAX : RESNET_POOLING_AVERAGE;
    options.dropout = settings->dropout;
    options.n_hidden = copy_hidden(settings, options.hidden_sizes);
    return resnet_model_load(&self->model, path, &options) ? say_last_error() : 0;
}

static int wants_new_head(const train_settings *settings)
{
    return settings->new_head || settings->hidden[0] || settings->max_pooling ||
           settings->dropout > 0;
}

/* A head for these very classes goes on learning; any other gives way to a new one. */
static int load_model(training *self, const char *path)
{
    char difference[512];
    resnet_load_options options;
    if (init_load_options(&options, &self->settings->data.common)) return EXIT_FAILED;
    if (!wants_new_head(self->settings) &&
        resnet_model_load(&self->model, path, &options) == RESNET_OK &&
        *resnet_model_get_class_name(self->model, 0) &&
        match_classes(self->model, self->train, difference, sizeof difference))
        return 0;
    resnet_model_free(self->model);
    self->model = NULL;
    if (load_with_new_head(self, path)) return EXIT_FAILED;
    say_note("%s: its last layer gives way to a new one of %s", path,
             count_of(resnet_dataset_get_n_classes(self->train), "class"));
    return 0;
}

static int open_weights(const command *self, training *work)
{
    const common_settings *common = &work->settings->data.common;
    int status = common->weights ? load_model(work, common->weights) : create_model(work);
    if (!status) status = apply_recipe(self, work->model, common);
    if (status) return status;
    const char **names = list_classes(work->train);
    if (!names) return EXIT_FAILED;
    if (resnet_model_set_class_names(work->model, names, resnet_model_get_n_classes(work->model)))
        status = say_last_error();
    free(names);
    return status;
}

/* --- learning --- */

static void say_log(void *user_data, int32_t level, const char *message)
{
    (void)user_data;
    if (level <= RESNET_LOG_WARNING) say_error("%s", message);
}

/* What happens while it learns is told as it happens: a rate that falls, a stop, values restored.
 */
static void say_event(void *user_data, int32_t level, const char *message)
{
    if (level > RESNET_LOG_INFO) return;
    progress_end(user_data);
    if (level == RESNET_LOG_INFO)
        say_note("%s", message);
    else
        say_error("%s", message);
}

/* Whatever ends it, what was learnt is still to be saved; *ended is the library's word. */
static int fit(const command *self, training *work, resnet_trainer_options *trainer_options,
               resnet_status *ended)
{
    trainer_options->on_progress = progress_tell;
    trainer_options->progress_user_data = &work->teller;
    trainer_options->log = say_event;
    trainer_options->log_user_data = &work->teller;
    if (resnet_trainer_create(&work->trainer, work->model, work->train, work->validation,
                              trainer_options))
        return say_option_error(self);
    interrupt_catch(work->trainer);
    *ended = resnet_trainer_fit(work->trainer);
    interrupt_release();
    progress_end(&work->teller);
    work->is_cancelled = *ended == RESNET_E_CANCELLED;
    return *ended == RESNET_OK || work->is_cancelled ? 0 : say_option_error(self);
}

/* --- what was learnt --- */

/* A run that was ended early does not take the place of an older model unless it has come through
 * an epoch; one whose loss is no number has learnt nothing. Says what becomes of it. */
static int is_worth_saving(const training *self, resnet_status ended)
{
    const char *path = self->settings->out;
    const char *how = self->is_cancelled ? "cancelled" : "failed";
    if (ended == RESNET_OK) return 1;
    if (ended == RESNET_E_STATE) return 0;
    if (json_array_size(self->teller.epochs) || (self->teller.n_steps && access(path, F_OK))) {
        say_error("%s; what was learnt so far is kept", how);
        return 1;
    }
    say_error("%s before %s; %s %s", how,
              self->teller.n_steps ? "an epoch was done" : "the first step", path,
              access(path, F_OK) ? "is not written" : "stays as it was");
    return 0;
}

static int save_as(training *self, const char *path)
{
    const int32_t format = file_format(FORMAT_BY_NAME, self->settings->out);
    if (resnet_model_save(self->model, path, format)) return say_last_error();
    self->is_saved = 1;
    say_note("%s: saved", path);
    return 0;
}

/* Where --out cannot be written although it could before, hours of learning go somewhere else. */
static int rescue(training *self)
{
    const char *temporary = getenv("TMPDIR");
    const char *const folders[] = {".", temporary && *temporary ? temporary : "/tmp"};
    const char *name = strrchr(self->settings->out, '/');
    for (size_t i = 0; i < 2 && !self->is_saved; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/rescued-%d-%s", folders[i], (int)getpid(),
                     name ? name + 1 : self->settings->out) < 0)
            break;
        save_as(self, path);
        free(path);
    }
    return EXIT_FAILED;
}

static int save(training *self)
{
    return save_as(self, self->settings->out) ? rescue(self) : 0;
}

static int evaluate(const command *self, training *work)
{
    resnet_evaluate_options options;
    if (resnet_evaluate_options_init(&options, sizeof options)) return say_last_error();
    options.batch_size = work->settings->trainer.batch_size;
    options.n_threads = work->settings->data.common.threads;
    options.n_loaders = work->settings->trainer.n_loaders;
    options.log = say_log;
    options.on_progress = interrupt_tell;
    const char **names = list_classes(work->validation);
    if (!names) return EXIT_FAILED;
    interrupt_catch(NULL);
    int status = 0;
    if (resnet_metrics_create(&work->metrics, resnet_model_get_n_classes(work->model), names,
                              NULL) ||
        resnet_evaluate(work->metrics, work->model, work->validation, &options))
        status = say_option_error(self);
    interrupt_release();
    free(names);
    if (!status) return 0;
    resnet_metrics_free(work->metrics); /* of a part only */
    work->metrics = NULL;
    return status;
}

static json_t *describe_summary(const resnet_trainer *trainer)
{
    static const char *const reasons[] = {"none", "done", "early", "cancelled", "failed"};
    resnet_fit_summary summary;
    if (resnet_trainer_copy_summary(&summary, sizeof summary, trainer)) return json_null();
    json_t *description = json_object();
    json_put(description, "stop_reason", json_text(reasons[summary.stop_reason]));
    json_put(description, "n_epochs", json_integer((json_int_t)summary.n_epochs));
    json_put(description, "n_planned_epochs", json_integer((json_int_t)summary.n_planned_epochs));
    json_put(description, "n_steps", json_integer((json_int_t)summary.n_steps));
    json_put(description, "monitor", json_text(resnet_monitor_name(summary.monitor)));
    json_put(description, "best_epoch",
             summary.best_epoch ? json_integer((json_int_t)summary.best_epoch) : json_null());
    json_put(description, "best_value", json_figure(summary.best_value));
    json_put(description, "restored_epoch",
             summary.restored_epoch ? json_integer((json_int_t)summary.restored_epoch)
                                    : json_null());
    json_put(description, "n_reductions", json_integer((json_int_t)summary.n_reductions));
    json_put(description, "learning_rate", json_figure(summary.learning_rate));
    return description;
}

static int tell(const training *self)
{
    if (!self->settings->data.common.json)
        return self->metrics ? print_evaluation(self->metrics) : 0;
    json_t *document = json_object();
    json_put(document, "out", json_text(self->settings->out));
    json_put(document, "saved", json_boolean(self->is_saved));
    json_put(document, "cancelled", json_boolean(self->is_cancelled));
    json_put(document, "epochs", json_incref(self->teller.epochs));
    json_put(document, "summary", describe_summary(self->trainer));
    json_put(document, "validation",
             self->metrics ? describe_evaluation(self->metrics) : json_null());
    return print_json(document);
}

static int report_on(const training *self, const char *path)
{
    char data[4200];
    snprintf(data, sizeof data, "%s of %s, held out",
             count_of(resnet_dataset_get_n_samples(self->validation), "picture"),
             self->settings->data.path);
    const report_subject subject = {self->model, self->settings->out, data, self->validation,
                                    self->teller.epochs};
    return save_report(self->metrics, &subject, path);
}

/* The model is on the disk before anything else is tried. */
static int learn(const command *self, training *work, resnet_trainer_options *options)
{
    const char *report = work->settings->report;
    resnet_status ended = RESNET_OK;
    int status = fit(self, work, options, &ended);
    if (!work->trainer) return status;
    if (is_worth_saving(work, ended)) status |= save(work);
    if (ended == RESNET_OK && work->validation) status |= evaluate(self, work);
    if (work->metrics && report) status |= report_on(work, report);
    status |= tell(work);
    return status || work->is_cancelled ? EXIT_FAILED : 0;
}

static int train(const command *self, training *work)
{
    const train_settings *settings = work->settings;
    resnet_trainer_options options = settings->trainer;
    resnet_augment augment;
    options.seed = settings->data.options.seed;
    options.n_threads = settings->data.common.threads;
    options.log = say_log;
    if (has_augment_options(&settings->augment)) {
        if (make_augment(self, &augment, options.augment, &settings->augment)) return EXIT_USAGE;
        options.augmentation = &augment;
        options.augment = NULL;
    }
    int status = open_parts(work);
    if (!status) status = open_weights(self, work);
    return status ? status : learn(self, work, &options);
}

/* --- the command --- */

/* To start anew would in the end replace what the run that was meant has learnt. */
static int check_resume(const command *self, const resnet_trainer_options *trainer)
{
    char *path = NULL;
    if (!trainer->resume) return 0;
    if (!trainer->checkpoint_folder) return usage_error(self, "--resume wants --checkpoints");
    if (asprintf(&path, "%s/last.rnck", trainer->checkpoint_folder) < 0) return EXIT_FAILED;
    const int status = access(path, F_OK) ? say_error("%s: there is no checkpoint to go on from; "
                                                      "without --resume training starts anew",
                                                      path)
                                          : 0;
    free(path);
    return status;
}

static int freezes(const resnet_trainer_options *trainer)
{
    return trainer->freeze != RESNET_FREEZE_NONE || trainer->train_last || trainer->freeze_names ||
           trainer->head_epochs;
}

/* An hour of learning should not end with a file that cannot be written. */
static int check_all_outputs(const command *self, const train_settings *settings)
{
    const resnet_trainer_options *trainer = &settings->trainer;
    const output outputs[] = {
        {"--out", settings->out, OUTPUT_MODEL},
        {"--report", settings->report, OUTPUT_OTHER},
        {"--history", trainer->history_csv, OUTPUT_LINES},
        {"--history-jsonl", trainer->history_jsonl, OUTPUT_LINES},
        {"--feature-file", trainer->feature_file, OUTPUT_OTHER},
        {"--listing", settings->data.options.cache_file, OUTPUT_OTHER},
        {"--checkpoints", trainer->checkpoint_folder, OUTPUT_FOLDER},
        {"--tensorboard", trainer->tensorboard_folder, OUTPUT_FOLDER},
    };
    return check_outputs(self, outputs, sizeof outputs / sizeof *outputs);
}

static int check_hidden(const command *self, const uint32_t hidden[RESNET_MAX_HIDDEN])
{
    for (size_t i = 1; i < RESNET_MAX_HIDDEN; i++)
        if (hidden[i] && !hidden[i - 1]) return usage_error(self, "--hidden: a layer of 0 units");
    return 0;
}

static int check_settings(const command *self, const train_settings *settings)
{
    if (!settings->data.common.weights && freezes(&settings->trainer) &&
        !settings->trainer.allow_random_features)
        return usage_error(self, "without --weights the frozen layers are random, and there is "
                                 "nothing to learn from them; --random-features allows it");
    if (!settings->data.path) return usage_error(self, "--data is missing");
    if (!settings->out) return usage_error(self, "--out is missing");
    if (file_format(FORMAT_BY_NAME, settings->out) == FORMAT_BY_NAME)
        return usage_error(self, "--out %s: neither .h5 nor .safetensors", settings->out);
    if (settings->report && !holds_out(&settings->data))
        return usage_error(self, "--report: nothing is held out to report on");
    if (settings->report && !is_report_name(settings->report))
        return usage_error(self, "--report %s: neither .html, .json nor .txt", settings->report);
    int status = check_hidden(self, settings->hidden);
    if (!status) status = check_resume(self, &settings->trainer);
    return status ? status : check_all_outputs(self, settings);
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
        "Ctrl-C stops after the step at hand and saves what was learnt, as does a failure on the\n"
        "way; the exit status is then 1. A file that is there already is only replaced once an\n"
        "epoch is done. Progress goes to standard error, the evaluation of the held-out pictures\n"
        "to standard output. JSON: {out, saved, cancelled, summary: {stop_reason,\n"
        "best_epoch, best_value, ...}, epochs: [{epoch, loss, accuracy,\n"
        "val_loss, val_accuracy, val_macro_f1, learning_rate, images_per_second}], validation},\n"
        "the last as evaluate's, null when nothing is held out.\n"
        "RESNET50_WEIGHTS is not looked at.\n",
    .without = WITHOUT_WEIGHTS,
    .options = {train_basic_options, data_options, train_head_options, train_augment_options,
                train_optimizer_options, train_schedule_options, train_run_options},
    .run = run,
};
