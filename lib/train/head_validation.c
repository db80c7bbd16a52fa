/* SPDX-License-Identifier: MIT */
#include "train/head_validation.h"

#include "core/mem.h"

#include <math.h>

struct rn_head_validation {
    rn_training *training;
    rn_net *net;
    rn_supply *supply;
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
    v->net = settings->net;
    if (settings->feature_file) {
        v->feature_file = rn_format("%s.val", settings->feature_file);
        if (!v->feature_file) goto done;
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
    rn_free(validation->feature_file);
    rn_free(validation);
}

typedef struct sums {
    double loss;
    size_t n_correct, n;
} sums;

static resnet_status add_batches(rn_head_validation *v, sums *s)
{
    resnet_status status;
    rn_supply_batch batch;
    RN_TRY(rn_supply_start_epoch(v->supply, 0, 0));
    for (;;) {
        rn_step_result result;
        RN_TRY(rn_supply_next(v->supply, &batch));
        if (batch.n == 0) break;
        const rn_target target = {.labels = batch.labels};
        RN_TRY(rn_training_run(v->training, batch.features, batch.n, batch.height, batch.width,
                               &target, 0, false, &result));
        s->loss += result.loss * (double)batch.n;
        s->n_correct += result.n_correct;
        s->n += batch.n;
    }
done:
    return status;
}

/* The head's step without the optimiser's, and with dropout off: there is no batch norm in it that
 * would notice. */
resnet_status rn_head_validation_measure(rn_head_validation *v, double *out_loss,
                                         double *out_accuracy)
{
    sums s = {0};
    const float dropout = v->net->settings.dropout;
    v->net->settings.dropout = 0;
    const resnet_status status = add_batches(v, &s);
    v->net->settings.dropout = dropout;
    if (status != RESNET_OK) return status;
    *out_loss = s.n ? s.loss / (double)s.n : (double)NAN;
    *out_accuracy = s.n ? (double)s.n_correct / (double)s.n : (double)NAN;
    return RESNET_OK;
}
