/* SPDX-License-Identifier: MIT */
#include "train/trainer.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "net/workers.h"
#include "train/augmentation.h"
#include "train/freeze.h"
#include "train/learnt.h"
#include "train/recalibrate.h"
#include "train/resume.h"
#include "train/snapshot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- creation ---- */

static resnet_status check_head(const resnet_model *model)
{
    if (model->net->settings.n_classes > 0) return RESNET_OK;
    return rn_fail(RESNET_E_STATE, "the model has no head to teach; load it with new_head");
}

static resnet_status check_dataset(const resnet_model *model, const resnet_dataset *dataset,
                                   const char *role)
{
    if (!dataset) return RESNET_OK;
    const size_t n_classes = resnet_dataset_get_n_classes(dataset);
    if (n_classes != model->net->settings.n_classes)
        return rn_fail(RESNET_E_INVALID, "the %s data has %zu classes, the model %zu", role,
                       n_classes, model->net->settings.n_classes);
    if (resnet_dataset_get_n_samples(dataset) == 0)
        return rn_fail(RESNET_E_INVALID, "the %s data has no samples", role);
    return RESNET_OK;
}

static resnet_status check_monitor(const resnet_trainer *t)
{
    const int32_t monitor = t->options.monitor;
    if (!t->validation &&
        (monitor == RESNET_MONITOR_VAL_LOSS || monitor == RESNET_MONITOR_VAL_ACCURACY ||
         monitor == RESNET_MONITOR_VAL_MACRO_F1))
        return rn_fail(RESNET_E_INVALID, "monitor %s needs validation data",
                       resnet_monitor_name(monitor));
    return RESNET_OK;
}

/* Whether a phase of the run freezes a layer. */
static resnet_status has_frozen(const resnet_trainer *t, bool *out)
{
    bool *frozen = NULL;
    const rn_net *net = t->model->net;
    const resnet_status status = rn_freeze_choose(&frozen, &t->options, net);
    if (status != RESNET_OK) return status;
    *out = (t->train && t->options.head_epochs > 0) || rn_freeze_count(frozen, net->arch) > 0;
    rn_free(frozen);
    return RESNET_OK;
}

static resnet_status check_features(const resnet_trainer *t)
{
    bool is_frozen = false;
    const resnet_status status = has_frozen(t, &is_frozen);
    if (status != RESNET_OK || !is_frozen || !t->model->net->is_random ||
        t->options.allow_random_features)
        return status;
    return rn_fail(RESNET_E_INVALID,
                   "%s: the frozen layers have random weights, on which nothing is to be learnt; "
                   "load weights, freeze none, or allow_random_features",
                   t->options.head_epochs > 0 ? "head_epochs" : "freeze");
}

static resnet_status make_class_weights(resnet_trainer *t)
{
    const size_t n_classes = t->model->net->settings.n_classes;
    const resnet_trainer_options *o = &t->options;
    if (o->class_weights && o->n_class_weights != n_classes)
        return rn_fail(RESNET_E_INVALID, "%u class weights for %zu classes",
                       (unsigned)o->n_class_weights, n_classes);
    const bool balance = o->balance == RESNET_BALANCE_WEIGHTS && t->train;
    if (!o->class_weights && !balance) return RESNET_OK;
    t->class_weights = rn_alloc(n_classes, sizeof *t->class_weights);
    if (!t->class_weights) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n_classes; i++) t->class_weights[i] = 1;
    resnet_status status = RESNET_OK;
    if (balance) RN_TRY(resnet_dataset_copy_class_weights(t->class_weights, n_classes, t->train));
    for (size_t i = 0; o->class_weights && i < n_classes; i++)
        t->class_weights[i] *= o->class_weights[i];
done:
    return status;
}

static resnet_status open_validator(resnet_trainer *t)
{
    if (!t->validation) return RESNET_OK;
    const rn_validation_settings settings = {
        .views = RESNET_VIEWS_ONE,
        .model = t->model,
        .dataset = t->validation,
        .pool = t->pool,
        .batch_size = t->options.batch_size,
        .n_loaders = t->options.n_loaders,
        .cache_bytes = t->options.cache_bytes,
        .cancel = &t->cancel,
        .log = t->log,
    };
    return rn_validation_create(&t->validator, &settings);
}

static resnet_status open_copies(resnet_trainer *t)
{
    rn_net *net = t->model->net;
    t->statistics = rn_alloc(rn_snapshot_count(net), sizeof *t->statistics);
    if (!t->statistics) return RESNET_E_NOMEM;
    if (t->options.restore_best) {
        t->best_values = rn_alloc(net->arena_count, sizeof *t->best_values);
        if (!t->best_values) return RESNET_E_NOMEM;
        memcpy(t->best_values, net->arena, net->arena_count * sizeof *net->arena);
    }
    if (t->options.ema_decay == 0) return RESNET_OK;
    return rn_ema_create(&t->ema, net, t->pool, (double)t->options.ema_decay);
}

resnet_status resnet_trainer_create(resnet_trainer **out, resnet_model *model,
                                    const resnet_dataset *train, const resnet_dataset *validation,
                                    const resnet_trainer_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !model)
        return rn_fail(RESNET_E_INVALID, "resnet_trainer_create: out or model is NULL");
    resnet_trainer *t = rn_calloc(1, sizeof *t);
    if (!t) return RESNET_E_NOMEM;
    resnet_status status;
    t->model = rn_model_retain(model);
    t->train = rn_dataset_retain(train);
    t->validation = rn_dataset_retain(validation);
    t->course = rn_course_start();
    RN_TRY(rn_trainer_options_open(&t->options, options));
    t->log = (rn_log){t->options.log, t->options.log_user_data};
    RN_TRY(rn_augmentation_choose(&t->augment, t->options.augment, t->options.augmentation,
                                  t->options.mixup_alpha, t->options.cutmix_alpha));
    t->options.augmentation = NULL; /* was the caller's */
    t->course.plateau = rn_plateau_start((double)t->options.learning_rate);
    RN_TRY(check_head(model));
    RN_TRY(check_dataset(model, train, "training"));
    RN_TRY(check_dataset(model, validation, "validation"));
    RN_TRY(check_monitor(t));
    RN_TRY(check_features(t));
    RN_TRY(make_class_weights(t));
    RN_TRY(rn_workers_create(&t->pool, t->options.n_threads));
    RN_TRY(open_validator(t));
    RN_TRY(open_copies(t));
    RN_TRY(rn_resume_open(t));
    RN_TRY(rn_resume_load(t));
    RN_TRY(rn_trainer_enter_phase(t, t->train));
    *out = t;
    t = NULL;
done:
    resnet_trainer_free(t);
    return status;
}

void resnet_trainer_free(resnet_trainer *trainer)
{
    if (!trainer) return;
    rn_phase_free(trainer->phase);
    rn_validation_free(trainer->validator);
    rn_ema_free(trainer->ema);
    rn_free(trainer->best_values);
    rn_free(trainer->statistics);
    rn_free(trainer->class_weights);
    rn_journal_clear(&trainer->journal);
    rn_facts_free(trainer->facts);
    rn_free(trainer->last_path);
    rn_free(trainer->best_path);
    rn_pool_free(trainer->pool);
    rn_trainer_options_close(&trainer->options);
    resnet_dataset_free(trainer->validation);
    resnet_dataset_free(trainer->train);
    resnet_model_free(trainer->model);
    rn_free(trainer);
}

resnet_status rn_trainer_make_phase(resnet_trainer *t, const resnet_dataset *train)
{
    const rn_phase_settings settings = {
        .options = &t->phase_options,
        .model = t->model,
        .train = train,
        .validation = t->validation,
        .pool = t->pool,
        .class_weights = t->class_weights,
        .augment = t->augment,
        .cancel = &t->cancel,
        .log = t->log,
    };
    return rn_phase_create(&t->phase, &settings);
}

resnet_status rn_trainer_enter_phase(resnet_trainer *t, const resnet_dataset *train)
{
    const bool head = rn_trainer_is_head_epoch(t);
    if (t->phase && head == t->in_head_phase) return RESNET_OK;
    rn_trainer_leave_phase(t);
    t->in_head_phase = head;
    t->phase_options = head ? rn_trainer_options_for_head(&t->options) : t->options;
    return rn_trainer_make_phase(t, train);
}

void rn_trainer_leave_phase(resnet_trainer *t)
{
    rn_phase_free(t->phase);
    t->phase = NULL;
}

/* ---- fitting ---- */

void resnet_trainer_cancel(resnet_trainer *trainer)
{
    if (trainer) resnet_cancel_token_cancel(&trainer->cancel);
}

/* The last epoch is done: the model gets the values that shall be kept. */
static void take_final_values(resnet_trainer *t)
{
    rn_net *net = t->model->net;
    if (t->holds_final) return;
    if (t->best_values && !isnan(t->course.best.best)) {
        memcpy(net->arena, t->best_values, net->arena_count * sizeof(float));
        rn_log_line(&t->log, RESNET_LOG_INFO, "the values of epoch %llu, the best, are restored",
                    (unsigned long long)t->course.best.best_epoch + 1);
    } else if (t->ema) {
        rn_ema_swap(t->ema);
    }
    net->generation++;
    t->holds_final = true;
}

static resnet_status finish(resnet_trainer *t)
{
    resnet_status status;
    take_final_values(t);
    RN_TRY(rn_recalibrate(t));
    t->is_finished = true;
    t->stop_reason = t->course.is_stopped ? RESNET_STOP_EARLY : RESNET_STOP_DONE;
done:
    return status;
}

static resnet_status run(resnet_trainer *t)
{
    resnet_status status;
    RN_TRY(rn_learnt_note(t->model, t->train, t->validation));
    RN_TRY(rn_trainer_start_journal(t));
    RN_TRY(rn_trainer_close_epoch(t));
    while (t->course.epoch < rn_trainer_get_n_epochs(t) && !t->course.is_stopped) {
        RN_TRY(rn_cancel_check(&t->cancel, "training"));
        RN_TRY(rn_trainer_enter_phase(t, t->train));
        RN_TRY(rn_trainer_run_epoch(t));
    }
    status = finish(t);
done:
    return status;
}

/* What was learnt since the last checkpoint is not lost with the process. After a loss that is no
 * number the last good one stays. */
static resnet_status save_on_the_way_out(resnet_trainer *t, resnet_status status)
{
    char cause[1024];
    const bool is_saved = t->has_saved && t->saved_steps == t->course.steps;
    if (status == RESNET_E_STATE || t->course.steps == 0 || is_saved || t->is_save_failing ||
        !t->phase)
        return status;
    snprintf(cause, sizeof cause, "%s", resnet_last_error());
    if (rn_resume_save(t) != RESNET_OK)
        rn_log_line(&t->log, RESNET_LOG_WARNING, "%s", resnet_last_error());
    rn_error_set_message(cause);
    return status;
}

static resnet_status end_badly(resnet_trainer *t, resnet_status status)
{
    const bool is_cancelled = status == RESNET_E_CANCELLED;
    t->stop_reason = is_cancelled ? RESNET_STOP_CANCELLED : RESNET_STOP_FAILED;
    if (is_cancelled) resnet_cancel_token_reset(&t->cancel); /* heard: the next call goes on */
    return save_on_the_way_out(t, status);
}

resnet_status resnet_trainer_fit(resnet_trainer *t)
{
    RN_OWN_ARITHMETIC;
    if (!t) return rn_fail(RESNET_E_INVALID, "resnet_trainer_fit: trainer is NULL");
    if (!t->train)
        return rn_fail(RESNET_E_STATE, "resnet_trainer_fit: the trainer has no training data");
    if (t->is_finished) return RESNET_OK;
    t->stop_reason = RESNET_STOP_NONE;
    t->is_save_failing = false;
    const resnet_status status = run(t);
    return status == RESNET_OK ? status : end_badly(t, status);
}

resnet_status resnet_trainer_save_checkpoint(resnet_trainer *t)
{
    RN_OWN_ARITHMETIC;
    if (!t) return rn_fail(RESNET_E_INVALID, "resnet_trainer_save_checkpoint: trainer is NULL");
    if (!t->last_path)
        return rn_fail(RESNET_E_STATE, "resnet_trainer_save_checkpoint: no checkpoint_folder");
    return rn_resume_save(t);
}

/* ---- single steps ---- */

static resnet_status check_step(const resnet_trainer *t, const float *images, size_t n,
                                size_t height, size_t width, const int32_t *labels,
                                const double *loss)
{
    if (!t || !images || !labels || !loss)
        return rn_fail(RESNET_E_INVALID, "resnet_trainer_step: an argument is NULL");
    if (n == 0) return rn_fail(RESNET_E_INVALID, "resnet_trainer_step: no images");
    if (height < RN_ARCH_MIN_SIZE || width < RN_ARCH_MIN_SIZE)
        return rn_fail(RESNET_E_INVALID, "resnet_trainer_step: %zu x %zu px is below %d x %d",
                       width, height, RN_ARCH_MIN_SIZE, RN_ARCH_MIN_SIZE);
    const size_t n_classes = t->model->net->settings.n_classes;
    for (size_t i = 0; i < n; i++)
        if (labels[i] < 0 || (size_t)labels[i] >= n_classes)
            return rn_fail(RESNET_E_INVALID,
                           "resnet_trainer_step: label %d of image %zu, but the "
                           "model has %zu classes",
                           (int)labels[i], i, n_classes);
    return RESNET_OK;
}

static resnet_status step_on(double *out_loss, resnet_trainer *t, const rn_supply_batch *batch)
{
    rn_step_result result;
    resnet_status status;
    const double planned = (double)t->phase_options.learning_rate;
    rn_phase_forget(t->phase);
    rn_snapshot_take(t->statistics, t->model->net);
    RN_TRY(rn_trainer_ask_schedule(&t->course.learning_rate, t, 0, t->course.steps, 0, planned));
    RN_TRY(rn_phase_add_batch(t->phase, batch, t->course.steps, &result));
    RN_TRY(rn_trainer_check_loss(t, result.loss));
    RN_TRY(rn_phase_step(t->phase, t->course.learning_rate));
    if (t->ema) RN_TRY(rn_ema_update(t->ema));
    t->course.steps++;
    t->has_stepped = true;
    *out_loss = result.loss;
done:
    if (status != RESNET_OK) rn_snapshot_restore(t->model->net, t->statistics);
    return status;
}

resnet_status resnet_trainer_step(double *out_loss, resnet_trainer *t, const float *images_nchw,
                                  size_t n_images, size_t height, size_t width,
                                  const int32_t *labels)
{
    RN_OWN_ARITHMETIC;
    float *features = NULL;
    resnet_status status;
    RN_TRY(check_step(t, images_nchw, n_images, height, width, labels, out_loss));
    rn_supply_batch batch = {images_nchw, n_images, height, width, labels, NULL, 0};
    if (rn_phase_has_prefix(t->phase)) {
        rn_training *training = rn_phase_get_training(t->phase);
        const size_t n_features = rn_training_count_features(training, height, width);
        features = rn_alloc(n_images * n_features, sizeof *features);
        status = features ? RESNET_OK : RESNET_E_NOMEM;
        if (status != RESNET_OK) goto done;
        RN_TRY(rn_training_run_prefix(training, images_nchw, n_images, height, width, features));
        batch.features = features;
    }
    status = step_on(out_loss, t, &batch);
done:
    rn_free(features);
    return status;
}

resnet_status resnet_trainer_copy_gradient(float *out, size_t n_values, const resnet_trainer *t,
                                           const char *name)
{
    RN_OWN_ARITHMETIC;
    if (!t || !name || !out)
        return rn_fail(RESNET_E_INVALID, "resnet_trainer_copy_gradient: an argument is NULL");
    if (!t->has_stepped)
        return rn_fail(RESNET_E_STATE, "resnet_trainer_copy_gradient: no step was done yet");
    const rn_net *net = t->model->net;
    const size_t row = rn_net_find(net, name);
    if (row == net->n_params)
        return rn_fail(RESNET_E_INVALID, "%s: the model has no such tensor", name);
    if (net->params[row].count != n_values)
        return rn_fail(RESNET_E_INVALID, "%s: has %zu values, not %zu", name,
                       net->params[row].count, n_values);
    size_t n_params = 0;
    const rn_learning_param *params =
        rn_training_get_params(rn_phase_get_training(t->phase), &n_params);
    const float scale = (float)rn_phase_get_gradient_scale(t->phase);
    for (size_t i = 0; i < n_params; i++) {
        if (params[i].param != &net->params[row]) continue;
        for (size_t j = 0; j < n_values; j++) out[j] = scale * params[i].gradient[j];
        return RESNET_OK;
    }
    return rn_fail(RESNET_E_STATE, "%s: is frozen or a statistic, and has no gradient", name);
}
