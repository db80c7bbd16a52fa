/* Weights into the primitives' layouts before a step, their gradients out of them after it. The
 * shards' gradients of a layer are summed in shard order while the next layer is at work, so that
 * only two layers' are ever alive. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include <string.h>

#define SUMS_PER_CONV 8 /* tasks */

static resnet_status pack_conv(void *context, size_t row, size_t worker)
{
    resnet_status status = RESNET_OK;
    rn_training *t = context;
    rn_train_conv *conv = &t->convs[row];
    const float *weights = rn_net_get_values(t->net, t->net->convs[row].weight);
    if (conv->pack_forward)
        RN_TRY(
            rn_reorder_run(conv->pack_forward, t->engine, worker, weights, conv->packed_forward));
    for (int k = 0; k < 2; k++)
        if (conv->pack_backward[k])
            RN_TRY(rn_reorder_run(conv->pack_backward[k], t->engine, worker, weights,
                                  conv->packed_backward[k]));
done:
    return status;
}

resnet_status rn_gradients_pack_weights(rn_training *t)
{
    if (t->packed) return RESNET_OK;
    const resnet_status status = rn_pool_run(t->pool, RN_ARCH_N_CONVS, pack_conv, t);
    t->packed = status == RESNET_OK;
    return status;
}

static size_t count_packed(const rn_training *t, size_t row)
{
    return rn_layout_get_size(t->layouts[row].gradient) / sizeof(float);
}

void rn_gradients_expect(rn_training *t, size_t n_convs, const size_t *rows)
{
    float *set = t->pending.set == 0 ? t->pending_shards[1] : t->pending_shards[0];
    t->producing = (rn_pending){.set = !t->pending.set};
    for (size_t k = 0; k < n_convs; k++) {
        if (t->learning.frozen[rows[k]]) continue;
        const size_t at = t->producing.n_convs++;
        t->producing.rows[at] = rows[k];
        t->producing.shards[at] = set;
        set += t->n_shards * count_packed(t, rows[k]);
    }
}

float *rn_gradients_get_shard(const rn_training *t, size_t row, size_t shard)
{
    const rn_pending *p = &t->producing;
    const size_t at = p->rows[0] == row ? 0 : 1;
    return p->shards[at] + shard * count_packed(t, row);
}

size_t rn_gradients_count_sums(const rn_training *t)
{
    return t->pending.n_convs * SUMS_PER_CONV;
}

void rn_gradients_sum(const rn_training *t, size_t task)
{
    const size_t k = task / SUMS_PER_CONV, part = task % SUMS_PER_CONV;
    const size_t row = t->pending.rows[k], count = count_packed(t, row);
    const size_t first = part * count / SUMS_PER_CONV, last = (part + 1) * count / SUMS_PER_CONV;
    const float *shards = t->pending.shards[k];
    float *restrict sum = t->convs[row].packed_gradient;
    memcpy(sum + first, shards + first, (last - first) * sizeof *sum);
    for (size_t s = 1; s < t->n_shards; s++) {
        const float *restrict more = shards + s * count;
        for (size_t i = first; i < last; i++) sum[i] += more[i];
    }
}

/* One convolution's gradient into the parameter's own layout. */
static resnet_status unpack_conv(void *context, size_t row, size_t worker)
{
    rn_training *t = context;
    rn_train_conv *conv = &t->convs[row];
    const size_t param = t->net->convs[row].weight;
    float *gradient = rn_training_gradient_of(t, param);
    if (!conv->unpack_gradient || !gradient) return RESNET_OK;
    float *to = t->accumulate ? t->workers[worker].unpacked : gradient;
    const resnet_status status =
        rn_reorder_run(conv->unpack_gradient, t->engine, worker, conv->packed_gradient, to);
    if (status != RESNET_OK || !t->accumulate) return status;
    for (size_t i = 0; i < t->net->params[param].count; i++) gradient[i] += to[i];
    return RESNET_OK;
}

static resnet_status sum_pending(void *context, size_t task, size_t worker)
{
    (void)worker;
    rn_gradients_sum(context, task);
    return RESNET_OK;
}

resnet_status rn_gradients_unpack(rn_training *t)
{
    resnet_status status;
    RN_TRY(rn_pool_run(t->pool, rn_gradients_count_sums(t), sum_pending, t));
    t->pending.n_convs = 0;
    status = rn_pool_run(t->pool, RN_ARCH_N_CONVS, unpack_conv, t);
done:
    return status;
}
