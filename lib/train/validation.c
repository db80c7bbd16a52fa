/* SPDX-License-Identifier: MIT */
#include "train/validation.h"

#include "core/mem.h"
#include "net/mean_rows.h"

struct rn_validation {
    rn_validation_settings settings;
    rn_loader *loader;
    float *logits; /* [pictures of a batch][views][n_classes] */
    rn_measure measure;
};

resnet_status rn_validation_create(rn_validation **out, const rn_validation_settings *settings)
{
    rn_validation *v = rn_calloc(1, sizeof *v);
    if (!v) return RESNET_E_NOMEM;
    v->settings = *settings;
    rn_loader_options options = rn_loader_default_options();
    options.views = settings->views;
    options.batch = rn_loader_fit_batch(settings->batch_size, settings->views);
    options.n_workers =
        settings->n_loaders ? settings->n_loaders : rn_pool_get_n_threads(settings->pool);
    options.prefetch = 3; /* one of them is in our hands */
    options.cache_bytes = settings->cache_bytes;
    options.log = settings->log;
    resnet_status status = RESNET_E_NOMEM;
    v->logits =
        rn_alloc(options.batch * (size_t)settings->views * settings->model->net->settings.n_classes,
                 sizeof *v->logits);
    if (!v->logits) goto done;
    RN_TRY(rn_measure_open(&v->measure, settings->model->net->settings.n_classes));
    RN_TRY(rn_loader_create(&v->loader, settings->dataset, &settings->model->recipe, &options));
    *out = v;
    v = NULL;
done:
    rn_validation_free(v);
    return status;
}

void rn_validation_free(rn_validation *validation)
{
    if (!validation) return;
    rn_loader_free(validation->loader);
    rn_measure_close(&validation->measure);
    rn_free(validation->logits);
    rn_free(validation);
}

size_t rn_validation_get_n_batches(const rn_validation *validation)
{
    return rn_loader_get_n_batches(validation->loader);
}

static resnet_status check_labels(const rn_validation *v, const rn_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++)
        if (batch->labels[i] < 0)
            return rn_fail(RESNET_E_FORMAT, "%s: has no label to compare with",
                           resnet_dataset_get_path(v->settings.dataset, (size_t)batch->samples[i]));
    return RESNET_OK;
}

resnet_status rn_validation_run(rn_validation *v, rn_validation_visit visit, void *context)
{
    const rn_inference_settings settings = {
        .winograd = true, .max_plans = 2, .whole = true, .cancel = v->settings.cancel};
    const size_t n_views = (size_t)v->settings.views;
    rn_inference *inference = NULL;
    const rn_batch *batch = NULL;
    resnet_status status;
    RN_TRY(rn_inference_create(&inference, v->settings.model->net, v->settings.pool, &settings));
    RN_TRY(rn_loader_start_epoch(v->loader, 0, 0));
    for (;;) {
        RN_TRY(rn_cancel_check(v->settings.cancel, "the evaluation"));
        RN_TRY(rn_loader_next(v->loader, &batch));
        if (!batch) break;
        RN_TRY(check_labels(v, batch));
        RN_TRY(rn_inference_run(inference, batch->images_nchw, batch->n * n_views, batch->height,
                                batch->width, (rn_tap){RN_TAP_LOGITS, 0}, v->logits));
        rn_mean_rows(v->logits, v->logits, batch->n, n_views, v->measure.n_classes);
        RN_TRY(visit(context, batch, v->logits));
        rn_loader_release(v->loader, batch);
    }
done:
    rn_inference_free(inference);
    return status;
}

static resnet_status add_batch(void *context, const rn_batch *batch, const float *logits)
{
    rn_measure_add(context, logits, batch->labels, batch->n);
    return RESNET_OK;
}

resnet_status rn_validation_measure(rn_figures *out, rn_validation *validation)
{
    rn_measure_clear(&validation->measure);
    const resnet_status status = rn_validation_run(validation, add_batch, &validation->measure);
    if (status == RESNET_OK) *out = rn_measure_get(&validation->measure);
    return status;
}
