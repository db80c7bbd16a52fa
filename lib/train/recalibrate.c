/* torch.optim.swa_utils.update_bn: the cumulative average of the batches' means and unbiased
 * variances. With a momentum of 1 the running statistics after a batch are that batch's.
 * SPDX-License-Identifier: MIT */
#include "train/recalibrate.h"

#include "core/mem.h"

static bool is_statistic(const rn_param *param)
{
    return param->kind == RN_PARAM_BN_MEAN || param->kind == RN_PARAM_BN_VARIANCE;
}

static void add_statistics(const rn_net *net, double *sums)
{
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        if (!is_statistic(param)) continue;
        for (size_t j = 0; j < param->count; j++) *sums++ += (double)rn_net_get_values(net, i)[j];
    }
}

static void set_statistics(rn_net *net, const double *sums, size_t n)
{
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        if (!is_statistic(param)) continue;
        for (size_t j = 0; j < param->count; j++)
            rn_net_get_values(net, i)[j] = (float)(*sums++ / (double)n);
    }
    net->generation++;
}

static size_t count_statistics(const rn_net *net)
{
    size_t count = 0;
    for (size_t i = 0; i < net->n_params; i++)
        if (is_statistic(&net->params[i])) count += net->params[i].count;
    return count;
}

static resnet_status run_batches(resnet_trainer *t, double *sums, size_t *out_n)
{
    const uint64_t epoch = rn_trainer_get_n_epochs(t); /* an order of its own */
    rn_supply *supply = rn_phase_get_supply(t->phase);
    rn_supply_batch batch;
    rn_step_result result;
    resnet_status status;
    RN_TRY(rn_supply_start_epoch(supply, epoch, 0));
    while (*out_n < t->options.recalibrate_batches) {
        RN_TRY(rn_supply_next(supply, &batch));
        if (batch.n == 0) break;
        rn_phase_forget(t->phase);
        RN_TRY(rn_phase_add_batch(t->phase, &batch, epoch << 32 | batch.number, &result));
        add_statistics(t->model->net, sums);
        ++*out_n;
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
    return rn_trainer_make_phase(t);
}

resnet_status rn_recalibrate(resnet_trainer *t)
{
    double *sums = NULL;
    size_t n = 0;
    resnet_status status = RESNET_OK;
    if (t->options.recalibrate_batches == 0) return status;
    sums = rn_calloc(count_statistics(t->model->net), sizeof *sums);
    if (!sums) return RESNET_E_NOMEM;
    RN_TRY(enter(t));
    RN_TRY(run_batches(t, sums, &n));
    if (n > 0) set_statistics(t->model->net, sums, n);
done:
    rn_free(sums);
    return status;
}
