/* SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/callback.h"
#include "core/mem.h"
#include "net/loss.h"
#include "net/workers.h"
#include "train/pace.h"
#include "train/trainer_options.h"
#include "train/validation.h"

#include <math.h>

typedef struct evaluation {
    const resnet_evaluate_options *options;
    const resnet_dataset *dataset;
    resnet_metrics *metrics;
    rn_pace pace;
    uint64_t n_batches;
    float *probabilities; /* [batch_size][n_classes]; NULL: nobody asks for them */
} evaluation;

static double get_figure(const resnet_metrics *metrics, const char *name)
{
    double figure;
    return resnet_metrics_get(&figure, metrics, name) == RESNET_OK ? figure : (double)NAN;
}

static resnet_status report(evaluation *e, uint64_t step)
{
    if (!e->options->on_progress) return RESNET_OK;
    const resnet_progress progress = {
        .struct_size = sizeof progress,
        .epoch = 1,
        .n_epochs = 1,
        .step = step,
        .n_steps = e->n_batches,
        .loss = get_figure(e->metrics, "loss"),
        .accuracy = get_figure(e->metrics, "accuracy"),
        .images_per_second = rn_pace_get_rate(&e->pace),
        .seconds_left = rn_pace_estimate(&e->pace, step, e->n_batches, 0),
        .learning_rate = NAN,
        .val_loss = NAN,
        .val_accuracy = NAN,
        .val_macro_f1 = NAN,
        .best_value = NAN,
        .reduced_rate = NAN,
        .epoch_done = step == e->n_batches,
    };
    const rn_callback call = rn_callback_begin();
    return rn_callback_stop(&call,
                            e->options->on_progress(e->options->progress_user_data, &progress),
                            "the evaluation was cancelled after %llu of %llu batches",
                            (unsigned long long)step, (unsigned long long)e->n_batches);
}

static resnet_status tell_scores(const evaluation *e, const rn_batch *batch, const float *logits)
{
    const size_t n_classes = resnet_metrics_get_n_classes(e->metrics);
    if (!e->probabilities) return RESNET_OK;
    for (size_t i = 0; i < batch->n; i++)
        rn_softmax(logits + i * n_classes, n_classes, e->probabilities + i * n_classes);
    const resnet_scores scores = {.struct_size = sizeof scores,
                                  .values = e->probabilities,
                                  .samples = batch->samples,
                                  .labels = batch->labels,
                                  .n = batch->n,
                                  .n_values = n_classes};
    const rn_callback call = rn_callback_begin();
    return rn_callback_stop(&call, e->options->on_scores(e->options->scores_user_data, &scores),
                            "the evaluation was cancelled after %llu of %llu batches",
                            (unsigned long long)batch->number + 1,
                            (unsigned long long)e->n_batches);
}

static resnet_status add_batch(void *context, const rn_batch *batch, const float *logits)
{
    evaluation *e = context;
    resnet_status status;
    RN_TRY(resnet_metrics_add(e->metrics, logits, batch->labels, batch->samples, batch->n));
    rn_pace_add(&e->pace, batch->n);
    RN_TRY(tell_scores(e, batch, logits));
    status = report(e, batch->number + 1);
done:
    return status;
}

static resnet_status check(const resnet_model *model, const resnet_dataset *dataset,
                           const resnet_metrics *metrics)
{
    if (!model || !dataset || !metrics)
        return rn_fail(RESNET_E_INVALID, "resnet_evaluate: model, dataset or metrics is NULL");
    const size_t n_classes = resnet_model_get_n_classes(model);
    if (n_classes == 0) return rn_fail(RESNET_E_STATE, "resnet_evaluate: the model has no head");
    if (resnet_dataset_get_n_classes(dataset) != n_classes)
        return rn_fail(RESNET_E_INVALID,
                       "resnet_evaluate: the dataset has %zu classes, the model "
                       "%zu",
                       resnet_dataset_get_n_classes(dataset), n_classes);
    if (resnet_metrics_get_n_classes(metrics) != n_classes)
        return rn_fail(RESNET_E_INVALID,
                       "resnet_evaluate: the metrics are for %zu classes, the model has %zu",
                       resnet_metrics_get_n_classes(metrics), n_classes);
    return RESNET_OK;
}

resnet_status resnet_evaluate(resnet_metrics *metrics, const resnet_model *model,
                              const resnet_dataset *dataset, const resnet_evaluate_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_evaluate_options o;
    float *probabilities = NULL;
    rn_pool *pool = NULL;
    rn_validation *validation = NULL;
    resnet_status status;
    RN_TRY(check(model, dataset, metrics));
    RN_TRY(rn_evaluate_options_read(&o, options));
    RN_TRY(rn_workers_create(&pool, o.n_threads));
    const rn_validation_settings settings = {
        .model = model,
        .dataset = dataset,
        .pool = pool,
        .batch_size = o.batch_size,
        .views = o.views,
        .n_loaders = o.n_loaders,
        .cancel = o.cancel,
        .log = {o.log, o.log_user_data},
    };
    RN_TRY(rn_validation_create(&validation, &settings));
    if (o.on_scores) {
        probabilities =
            rn_alloc(o.batch_size, resnet_metrics_get_n_classes(metrics) * sizeof *probabilities);
        if (!probabilities) {
            status = RESNET_E_NOMEM;
            goto done;
        }
    }
    evaluation e = {&o, dataset, metrics, rn_pace_start(), 0, probabilities};
    e.n_batches = rn_validation_get_n_batches(validation);
    status = rn_validation_run(validation, add_batch, &e);
done:
    rn_validation_free(validation);
    rn_pool_free(pool);
    rn_free(probabilities);
    return status;
}
