/* SPDX-License-Identifier: MIT */
#include "train/trainer.h"

#include "core/mem.h"
#include "dnn/engine.h"
#include "train/augmentation.h"
#include "train/learnt.h"
#include "train/recalibrate.h"
#include "train/resume.h"

#include <math.h>
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
        (monitor == RESNET_MONITOR_VAL_LOSS || monitor == RESNET_MONITOR_VAL_ACCURACY))
        return rn_fail(RESNET_E_INVALID, "resnet_trainer_options: monitor needs validation data");
    return RESNET_OK;
}

static resnet_status make_class_weights(resnet_trainer *t)
{
    const size_t n_classes = t->model->net->settings.n_classes;
    const resnet_trainer_options *o = &t->options;
    if (o->class_weights && o->n_class_weights != n_classes)
        return rn_fail(RESNET_E_INVALID, "resnet_trainer_options: %u class weights for %zu classes",
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
        .model = t->model,
        .dataset = t->validation,
        .pool = t->pool,
        .batch_size = t->options.batch_size,
        .n_loaders = t->options.n_loaders,
        .cache_bytes = t->options.cache_bytes,
        .log = t->log,
    };
    return rn_validation_create(&t->validator, &settings);
}

static resnet_status open_averages(resnet_trainer *t)
{
    rn_net *net = t->model->net;
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
    RN_TRY(make_class_weights(t));
    RN_TRY(rn_pool_create(&t->pool, t->options.n_threads, rn_engine_start_thread));
    RN_TRY(open_validator(t));
    RN_TRY(open_averages(t));
    RN_TRY(rn_resume_open(t));
    RN_TRY(rn_resume_load(t));
    RN_TRY(rn_trainer_enter_phase(t));
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
    rn_free(trainer->class_weights);
    rn_free(trainer->tensorboard_path);
    rn_free(trainer->last_path);
    rn_free(trainer->best_path);
    rn_pool_free(trainer->pool);
    rn_trainer_options_close(&trainer->options);
    resnet_dataset_free(trainer->validation);
    resnet_dataset_free(trainer->train);
    resnet_model_free(trainer->model);
    rn_free(trainer);
}

resnet_status rn_trainer_make_phase(resnet_trainer *t)
{
    const rn_phase_settings settings = {
        .options = &t->phase_options,
        .model = t->model,
        .train = t->train,
        .validation = t->validation,
        .pool = t->pool,
        .class_weights = t->class_weights,
        .augment = t->augment,
        .log = t->log,
    };
    return rn_phase_create(&t->phase, &settings);
}

resnet_status rn_trainer_enter_phase(resnet_trainer *t)
{
    const bool head = rn_trainer_is_head_epoch(t);
    if (t->phase && head == t->in_head_phase) return RESNET_OK;
    rn_phase_free(t->phase);
    t->phase = NULL;
    t->in_head_phase = head;
    t->phase_options = head ? rn_trainer_options_for_head(&t->options) : t->options;
    return rn_trainer_make_phase(t);
}

/* ---- fitting ---- */

void resnet_trainer_cancel(resnet_trainer *trainer)
{
    if (trainer) atomic_store(&trainer->cancelled, true);
}

/* The last epoch is done: the model gets the values that shall be kept. */
static resnet_status finish(resnet_trainer *t)
{
    rn_net *net = t->model->net;
    if (t->best_values && !isnan(t->course.best.best))
        memcpy(net->arena, t->best_values, net->arena_count * sizeof(float));
    else if (t->ema)
        rn_ema_swap(t->ema);
    net->generation++;
    t->is_finished = true;
    return rn_recalibrate(t);
}

resnet_status resnet_trainer_fit(resnet_trainer *t)
{
    if (!t) return rn_fail(RESNET_E_INVALID, "resnet_trainer_fit: trainer is NULL");
    if (!t->train)
        return rn_fail(RESNET_E_STATE, "resnet_trainer_fit: the trainer has no training data");
    if (t->is_finished) return RESNET_OK;
    resnet_status status;
    RN_TRY(rn_learnt_note(t->model, t->train));
    RN_TRY(rn_trainer_start_history(t));
    while (t->course.epoch < rn_trainer_get_n_epochs(t) && !t->course.is_stopped) {
        RN_TRY(rn_trainer_enter_phase(t));
        RN_TRY(rn_trainer_run_epoch(t));
    }
    status = finish(t);
done:
    return status;
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

static double host_rate(const resnet_trainer *t)
{
    const resnet_trainer_options *o = &t->phase_options;
    const double planned = (double)o->learning_rate;
    if (!o->on_schedule) return planned;
    return o->on_schedule(o->schedule_user_data, 0, t->course.steps, 0, planned);
}

static resnet_status step_on(resnet_trainer *t, const rn_supply_batch *batch, double *loss)
{
    rn_step_result result;
    resnet_status status;
    rn_phase_forget(t->phase);
    t->course.learning_rate = host_rate(t);
    RN_TRY(rn_phase_add_batch(t->phase, batch, t->course.steps, &result));
    RN_TRY(rn_trainer_check_loss(t, result.loss));
    RN_TRY(rn_phase_step(t->phase, t->course.learning_rate));
    if (t->ema) RN_TRY(rn_ema_update(t->ema));
    t->course.steps++;
    t->has_stepped = true;
    *loss = result.loss;
done:
    return status;
}

resnet_status resnet_trainer_step(double *out_loss, resnet_trainer *t, const float *images_nchw,
                                  size_t n_images, size_t height, size_t width,
                                  const int32_t *labels)
{
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
    status = step_on(t, &batch, out_loss);
done:
    rn_free(features);
    return status;
}

resnet_status resnet_trainer_copy_gradient(float *out, size_t n_values, const resnet_trainer *t,
                                           const char *name)
{
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
