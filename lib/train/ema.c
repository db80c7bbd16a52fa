/* torch.optim.swa_utils.AveragedModel(multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True).
 * SPDX-License-Identifier: MIT */
#include "train/ema.h"

#include "core/mem.h"

#include <string.h>

#define CHUNK ((size_t)65536) /* floats */

struct rn_ema {
    rn_net *net;
    rn_pool *pool;
    float fresh; /* 1 - decay */
    float *values;
};

resnet_status rn_ema_create(rn_ema **out, rn_net *net, rn_pool *pool, double decay)
{
    rn_ema *ema = rn_calloc(1, sizeof *ema);
    if (!ema) return RESNET_E_NOMEM;
    *ema = (rn_ema){net, pool, (float)(1 - decay), rn_alloc(net->arena_count, sizeof(float))};
    if (!ema->values) {
        rn_ema_free(ema);
        return RESNET_E_NOMEM;
    }
    memcpy(ema->values, net->arena, net->arena_count * sizeof(float));
    *out = ema;
    return RESNET_OK;
}

void rn_ema_free(rn_ema *ema)
{
    if (!ema) return;
    rn_free(ema->values);
    rn_free(ema);
}

static resnet_status update_chunk(void *context, size_t task, size_t worker)
{
    (void)worker;
    const rn_ema *ema = context;
    const size_t start = task * CHUNK, left = ema->net->arena_count - start;
    const size_t count = left < CHUNK ? left : CHUNK;
    const float *restrict fresh = ema->net->arena + start;
    float *restrict average = ema->values + start;
    for (size_t i = 0; i < count; i++) average[i] += ema->fresh * (fresh[i] - average[i]);
    return RESNET_OK;
}

resnet_status rn_ema_update(rn_ema *ema)
{
    const size_t n_chunks = (ema->net->arena_count + CHUNK - 1) / CHUNK;
    return rn_pool_run(ema->pool, n_chunks, update_chunk, ema);
}

void rn_ema_swap(rn_ema *ema)
{
    float *restrict a = ema->net->arena, *restrict b = ema->values;
    for (size_t i = 0; i < ema->net->arena_count; i++) {
        const float kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
    ema->net->generation++;
}

float *rn_ema_get_values(rn_ema *ema)
{
    return ema->values;
}
