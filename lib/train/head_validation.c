/* SPDX-License-Identifier: MIT */
#include "train/head_validation.h"

#include "core/mem.h"

struct rn_head_validation {
    rn_training *training;
    rn_supply *supply;
    float *logits; /* [batch][n_classes] */
    rn_measure measure;
    char *feature_file; /* beside the training data's; NULL: none */
};

resnet_status rn_head_validation_create(rn_head_validation **out,
                                        const rn_supply_settings *settings)
{
    rn_head_validation *v = rn_calloc(1, sizeof *v);
    if (!v) return RESNET_E_NOMEM;
    rn_supply_settings own = *settings;
    resnet_status status = RESNET_E_NOMEM;
    v->training = settings->training;
    const size_t n_classes = settings->net->settings.n_classes;
    v->logits = rn_alloc(settings->loader.batch * n_classes, sizeof *v->logits);
    if (!v->logits) goto done;
    RN_TRY(rn_measure_open(&v->measure, n_classes));
    if (settings->feature_file) {
        v->feature_file = rn_format("%s.val", settings->feature_file);
        status = v->feature_file ? RESNET_OK : RESNET_E_NOMEM;
        if (status != RESNET_OK) goto done;
    }
    own.feature_file = v->feature_file;
    own.loader.order = RN_ORDER_SEQUENTIAL;
    own.loader.drop_last = false;
    RN_TRY(resnet_augment_init(&own.augment, sizeof own.augment, NULL));
    RN_TRY(rn_supply_create(&v->supply, &own));
    *out = v;
    v = NULL;
done:
    rn_head_validation_free(v);
    return status;
}

void rn_head_validation_free(rn_head_validation *validation)
{
    if (!validation) return;
    rn_supply_free(validation->supply);
    rn_measure_close(&validation->measure);
    rn_free(validation->logits);
    rn_free(validation->feature_file);
    rn_free(validation);
}

resnet_status rn_head_validation_measure(rn_figures *out, rn_head_validation *v)
{
    rn_supply_batch batch;
    resnet_status status;
    rn_measure_clear(&v->measure);
    RN_TRY(rn_supply_start_epoch(v->supply, 0, 0));
    for (;;) {
        RN_TRY(rn_supply_next(v->supply, &batch));
        if (batch.n == 0) break;
        RN_TRY(rn_training_evaluate(v->logits, v->training, batch.features, batch.n, batch.height,
                                    batch.width));
        rn_measure_add(&v->measure, v->logits, batch.labels, batch.n);
    }
    *out = rn_measure_get(&v->measure);
done:
    return status;
}
