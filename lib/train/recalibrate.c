/* torch.optim.swa_utils.update_bn: the cumulative average of the batches' means and unbiased
 * variances. With a momentum of 1 the running statistics after a batch are that batch's.
 * SPDX-License-Identifier: MIT */
#include "train/recalibrate.h"

#include "core/mem.h"
#include "train/snapshot.h"

/* The statistics of every batch come to pass through `one` [n]. */
static resnet_status run_batches(resnet_trainer *t, double *sums, float *one, size_t n,
                                 size_t *out_n_batches)
{
    const uint64_t epoch = rn_trainer_get_n_epochs(t); /* an order of its own */
    rn_supply *supply = rn_phase_get_supply(t->phase);
    rn_supply_batch batch;
    rn_step_result result;
    resnet_status status;
    RN_TRY(rn_supply_start_epoch(supply, epoch, 0));
    while (*out_n_batches < t->options.recalibrate_batches) {
        RN_TRY(rn_supply_next(supply, &batch));
        if (batch.n == 0) break;
        rn_phase_forget(t->phase);
        RN_TRY(rn_phase_add_batch(t->phase, &batch, epoch << 32 | batch.number, &result));
        rn_snapshot_take(one, t->model->net);
        for (size_t i = 0; i < n; i++) sums[i] += (double)one[i];
        ++*out_n_batches;
    }
done:
    return status;
}

static resnet_status enter(resnet_trainer *t)
{
    rn_phase_free(t->phase);
    t->phase = NULL;
    t->phase_options = t->options;
    t->phase_options.bn_momentum = 1;
    return rn_trainer_make_phase(t, t->train);
}

/* On failure the statistics are as before. */
static resnet_status recalibrate(resnet_trainer *t, double *sums, float *before, float *one,
                                 size_t n)
{
    rn_net *net = t->model->net;
    size_t n_batches = 0;
    rn_snapshot_take(before, net);
    const resnet_status status = run_batches(t, sums, one, n, &n_batches);
    for (size_t i = 0; i < n && n_batches > 0; i++) one[i] = (float)(sums[i] / (double)n_batches);
    rn_snapshot_restore(net, status == RESNET_OK && n_batches > 0 ? one : before);
    return status;
}

resnet_status rn_recalibrate(resnet_trainer *t)
{
    const size_t n = rn_snapshot_count(t->model->net);
    double *sums = NULL;
    float *values = NULL;
    resnet_status status = RESNET_OK;
    if (t->options.recalibrate_batches == 0) return status;
    sums = rn_calloc(n, sizeof *sums);
    values = rn_alloc(2 * n, sizeof *values);
    status = sums && values ? enter(t) : RESNET_E_NOMEM;
    if (status == RESNET_OK) status = recalibrate(t, sums, values, values + n, n);
    rn_free(values);
    rn_free(sums);
    return status;
}
