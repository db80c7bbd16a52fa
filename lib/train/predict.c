/* SPDX-License-Identifier: MIT */
#include <resnet/predict.h>

#include "core/arithmetic.h"
#include "core/callback.h"
#include "core/mem.h"
#include "core/options.h"
#include "data/loader.h"
#include "model.h"
#include "net/inference.h"
#include "net/loss.h"
#include "net/mean_rows.h"
#include "net/workers.h"

#include <math.h>
#include <string.h>

#define FIRST_SIZE 64 /* of the options in the first release */
#define MAX_BATCH 1000000
#define MAX_THREADS 1024

RN_ASSERT_ABI(resnet_predict_options, 72);
RN_ASSERT_ABI(resnet_scores, 48);

static const resnet_predict_options DEFAULTS = {.struct_size = sizeof(resnet_predict_options),
                                                .output = RESNET_OUTPUT_PROBABILITIES,
                                                .batch_size = 32,
                                                .views = RESNET_VIEWS_ONE};

typedef struct prediction_run {
    const resnet_predict_options *options;
    rn_pool *pool;
    rn_loader *loader;
    rn_inference *inference;
    size_t n_values; /* of a sample */
    float *values;   /* [pictures of a batch][views][n_values] */
    float *out;      /* may be NULL */
} prediction_run;

resnet_status resnet_predict_options_init(resnet_predict_options *options, size_t size)
{
    return rn_options_write(options, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE,
                            "resnet_predict_options");
}

static resnet_status read_options(resnet_predict_options *out, const resnet_predict_options *theirs)
{
    const resnet_status status =
        rn_options_read(out, sizeof *out, FIRST_SIZE, theirs, "resnet_predict_options");
    if (status != RESNET_OK) return status;
    if (out->output < RESNET_OUTPUT_LOGITS || out->output > RESNET_OUTPUT_EMBEDDINGS)
        return rn_fail(RESNET_E_INVALID, "output: %d is not a RESNET_OUTPUT_*", (int)out->output);
    if (out->batch_size < 1 || out->batch_size > MAX_BATCH)
        return rn_fail(RESNET_E_INVALID, "batch_size: %u is not in [1, %d]", out->batch_size,
                       MAX_BATCH);
    if (out->n_threads > MAX_THREADS || out->n_loaders > MAX_THREADS)
        return rn_fail(RESNET_E_INVALID, "n_threads or n_loaders is above %d", MAX_THREADS);
    if (out->reserved != 0) return rn_fail(RESNET_E_INVALID, "reserved must be 0");
    return rn_views_check(out->views);
}

static resnet_status check(const prediction_run *run, size_t capacity, const resnet_model *model,
                           const resnet_dataset *dataset)
{
    if (!model || !dataset)
        return rn_fail(RESNET_E_INVALID, "resnet_predict: model or dataset is NULL");
    if (run->n_values == 0) return rn_fail(RESNET_E_STATE, "resnet_predict: the model has no head");
    const size_t n = resnet_dataset_get_n_samples(dataset);
    if (!run->out && !run->options->on_scores)
        return rn_fail(RESNET_E_INVALID, "resnet_predict: neither out nor on_scores");
    if (run->out && capacity / run->n_values < n)
        return rn_fail(RESNET_E_INVALID, "room for %zu floats, %zu samples of %zu are needed",
                       capacity, n, run->n_values);
    return RESNET_OK;
}

static resnet_status open_loader(prediction_run *run, const resnet_model *model,
                                 const resnet_dataset *dataset)
{
    const resnet_predict_options *o = run->options;
    rn_loader_options options = rn_loader_default_options();
    options.views = o->views;
    options.batch = rn_loader_fit_batch(o->batch_size, o->views);
    options.n_workers = o->n_loaders ? o->n_loaders : rn_pool_get_n_threads(run->pool);
    options.prefetch = 3; /* one of them is in our hands */
    options.log = (rn_log){o->log, o->log_user_data};
    return rn_loader_create(&run->loader, dataset, &model->recipe, &options);
}

static resnet_status open_run(prediction_run *run, const resnet_model *model,
                              const resnet_dataset *dataset)
{
    resnet_status status;
    const rn_inference_settings settings = {.winograd = true,
                                            .max_plans = 2,
                                            .whole = run->options->batch_size >
                                                     1, /* the last batch may be of one */
                                            .cancel = run->options->cancel};
    RN_TRY(rn_workers_create(&run->pool, run->options->n_threads));
    RN_TRY(open_loader(run, model, dataset));
    RN_TRY(rn_inference_create(&run->inference, model->net, run->pool, &settings));
    const size_t n = rn_loader_fit_batch(run->options->batch_size, run->options->views);
    run->values = rn_alloc(n * (size_t)run->options->views, run->n_values * sizeof *run->values);
    if (!run->values) status = RESNET_E_NOMEM;
done:
    return status;
}

static void close_run(prediction_run *run)
{
    rn_inference_free(run->inference);
    rn_loader_free(run->loader);
    rn_pool_free(run->pool);
    rn_free(run->values);
}

static resnet_status tell(const prediction_run *run, const rn_batch *batch)
{
    if (!run->options->on_scores) return RESNET_OK;
    const resnet_scores scores = {.struct_size = sizeof scores,
                                  .values = run->values,
                                  .samples = batch->samples,
                                  .labels = batch->labels,
                                  .n = batch->n,
                                  .n_values = run->n_values};
    const rn_callback call = rn_callback_begin();
    return rn_callback_stop(&call, run->options->on_scores(run->options->scores_user_data, &scores),
                            "the prediction was cancelled after batch %llu",
                            (unsigned long long)batch->number);
}

static resnet_status run_batch(const prediction_run *run, const rn_batch *batch)
{
    resnet_status status;
    const bool embed = run->options->output == RESNET_OUTPUT_EMBEDDINGS;
    const rn_tap tap = {embed ? RN_TAP_EMBEDDING : RN_TAP_LOGITS, 0};
    const size_t n_views = (size_t)run->options->views;
    RN_TRY(rn_inference_run(run->inference, batch->images_nchw, batch->n * n_views, batch->height,
                            batch->width, tap, run->values));
    rn_mean_rows(run->values, run->values, batch->n, n_views, run->n_values);
    for (size_t i = 0; i < batch->n; i++) {
        float *row = run->values + i * run->n_values;
        if (run->options->output == RESNET_OUTPUT_PROBABILITIES)
            rn_softmax(row, run->n_values, row);
        if (run->out)
            memcpy(run->out + batch->samples[i] * run->n_values, row, run->n_values * sizeof *row);
    }
    status = tell(run, batch);
done:
    return status;
}

static resnet_status run_all(prediction_run *run)
{
    const rn_batch *batch = NULL;
    resnet_status status;
    RN_TRY(rn_loader_start_epoch(run->loader, 0, 0));
    for (;;) {
        RN_TRY(rn_cancel_check(run->options->cancel, "the prediction"));
        RN_TRY(rn_loader_next(run->loader, &batch));
        if (!batch) break;
        RN_TRY(run_batch(run, batch));
        rn_loader_release(run->loader, batch);
    }
done:
    return status;
}

resnet_status resnet_predict(float *out, size_t capacity, const resnet_model *model,
                             const resnet_dataset *dataset, const resnet_predict_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_predict_options o = DEFAULTS;
    prediction_run run = {.options = &o, .out = out};
    resnet_status status;
    RN_TRY(read_options(&o, options));
    run.n_values = o.output == RESNET_OUTPUT_EMBEDDINGS ? resnet_model_get_n_features(model)
                                                        : resnet_model_get_n_classes(model);
    RN_TRY(check(&run, capacity, model, dataset));
    RN_TRY(open_run(&run, model, dataset));
    const size_t count = resnet_dataset_get_n_samples(dataset) * run.n_values;
    for (size_t i = 0; out && i < count; i++) out[i] = NAN; /* what is left out stays so */
    status = run_all(&run);
done:
    close_run(&run);
    return status;
}
