/* Weights into the primitives' layouts before a step, their gradients out of them after it. The
 * shards' gradients of a layer are summed while the next layer is at work, so that only two layers'
 * are ever alive. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "core/tree.h"

#include <string.h>

#define SUMS_PER_CONV 8 /* tasks */
#define SUM_BLOCK 1024  /* floats: a block's sums on the way up the tree stay in the cache */
#define SUM_GRAIN 4     /* shards read at once */
#define SUM_SLOTS 7     /* rn_tree_count_slots(RN_MAX_SHARDS) */
_Static_assert(RN_MAX_SHARDS <= 1 << (SUM_SLOTS - 1), "slots for all shards");

static resnet_status pack_conv(void *context, size_t row, size_t worker)
{
    resnet_status status = RESNET_OK;
    rn_training *t = context;
    rn_train_conv *conv = &t->weights.convs[row];
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
    if (t->weights.are_packed) return RESNET_OK;
    const resnet_status status = rn_pool_run(t->pool, t->net->arch->n_convs, pack_conv, t);
    t->weights.are_packed = status == RESNET_OK;
    return status;
}

static size_t count_packed(const rn_training *t, size_t row)
{
    return rn_layout_get_size(t->weights.layouts[row].gradient) / sizeof(float);
}

void rn_gradients_expect(rn_training *t, size_t n_convs, const size_t *rows)
{
    float *set =
        t->batch.pending.set == 0 ? t->weights.pending_shards[1] : t->weights.pending_shards[0];
    t->batch.producing = (rn_pending){.set = !t->batch.pending.set};
    for (size_t k = 0; k < n_convs; k++) {
        if (t->learning.frozen[rows[k]]) continue;
        const size_t at = t->batch.producing.n_convs++;
        t->batch.producing.rows[at] = rows[k];
        t->batch.producing.shards[at] = set;
        set += t->batch.shards.count * count_packed(t, rows[k]);
    }
}

float *rn_gradients_get_shard(const rn_training *t, size_t row, size_t shard)
{
    const rn_pending *p = &t->batch.producing;
    const size_t at = p->rows[0] == row ? 0 : 1;
    return p->shards[at] + shard * count_packed(t, row);
}

size_t rn_gradients_count_sums(const rn_training *t)
{
    return t->batch.pending.n_convs * SUMS_PER_CONV;
}

/* Up to SUM_BLOCK floats of all shards. */
typedef struct block_sum {
    const float *shards; /* of shard 0; the others' are `stride` apart */
    size_t stride, count;
    float *sum; /* slot 0 */
    float slots[SUM_SLOTS - 1][SUM_BLOCK];
} block_sum;

static float *get_slot(block_sum *b, size_t slot)
{
    return slot == 0 ? b->sum : b->slots[slot - 1];
}

/* Four shards read at once are written once, and the compiler told that none overlap. */
static void add_four(float *restrict sum, const float *restrict a, const float *restrict b,
                     const float *restrict c, const float *restrict d, size_t count)
{
    for (size_t i = 0; i < count; i++) sum[i] = (a[i] + b[i]) + (c[i] + d[i]);
}

static void add_two(float *restrict sum, const float *restrict a, const float *restrict b,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) sum[i] = a[i] + b[i];
}

static void add(float *restrict sum, const float *restrict more, size_t count)
{
    for (size_t i = 0; i < count; i++) sum[i] += more[i];
}

static void fetch_block(void *context, rn_tree_node leaf)
{
    block_sum *b = context;
    const float *a = b->shards + leaf.first * b->stride;
    float *sum = get_slot(b, leaf.slot);
    if (leaf.n == 1)
        memcpy(sum, a, b->count * sizeof *sum);
    else if (leaf.n < SUM_GRAIN)
        add_two(sum, a, a + b->stride, b->count);
    else
        add_four(sum, a, a + b->stride, a + 2 * b->stride, a + 3 * b->stride, b->count);
    if (leaf.n == 3) add(sum, a + 2 * b->stride, b->count);
}

static void join_blocks(void *context, rn_tree_node into, rn_tree_node from)
{
    block_sum *b = context;
    add(get_slot(b, into.slot), get_slot(b, from.slot), b->count);
}

void rn_gradients_sum(const rn_training *t, size_t task)
{
    const size_t k = task / SUMS_PER_CONV, part = task % SUMS_PER_CONV;
    const size_t row = t->batch.pending.rows[k], count = count_packed(t, row);
    const size_t last = (part + 1) * count / SUMS_PER_CONV;
    block_sum block = {.stride = count};
    const rn_tree tree = {&block, fetch_block, SUM_GRAIN, join_blocks};
    for (size_t at = part * count / SUMS_PER_CONV; at < last; at += block.count) {
        block.shards = t->batch.pending.shards[k] + at;
        block.sum = t->weights.convs[row].packed_gradient + at;
        block.count = last - at < SUM_BLOCK ? last - at : SUM_BLOCK;
        rn_tree_sum(&tree, t->batch.shards.count);
    }
}

/* One convolution's gradient into the parameter's own layout. */
static resnet_status unpack_conv(void *context, size_t row, size_t worker)
{
    rn_training *t = context;
    rn_train_conv *conv = &t->weights.convs[row];
    const size_t param = t->net->convs[row].weight;
    float *gradient = rn_training_gradient_of(t, param);
    if (!conv->unpack_gradient || !gradient) return RESNET_OK;
    float *to = t->batch.accumulate ? t->workers.items[worker].unpacked : gradient;
    const resnet_status status =
        rn_reorder_run(conv->unpack_gradient, t->engine, worker, conv->packed_gradient, to);
    if (status != RESNET_OK || !t->batch.accumulate) return status;
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
    t->batch.pending.n_convs = 0;
    status = rn_pool_run(t->pool, t->net->arch->n_convs, unpack_conv, t);
done:
    return status;
}
