/* The learning part of the backbone, backward. The gradient of a block's output is the sum of two:
 * trunk[0] from the next block's convolutions and trunk[1] from its shortcut or the identity. Each
 * phase ends where a batch norm needs its gradient sums over the whole batch.
 * SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "dnn/global_pool.h"

#include <string.h>

/* The worker's dz = gradient of z from dy. Inside a block z's own ReLU is still to be passed; at a
 * block's end that is done, dy being shared by its branches. */
static void backward_batchnorm(rn_training *t, size_t row, rn_span span, const float *dy, float *dz)
{
    const rn_train_conv *conv = &t->convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[row]);
    const bool masked =
        RN_ARCH_CONVS[row].role != RN_ROLE_EXPAND && RN_ARCH_CONVS[row].role != RN_ROLE_SHORTCUT;
    rn_batchnorm_backward(&shape, dy + offset, conv->z + offset, masked ? conv->scale : NULL,
                          masked ? conv->shift : NULL, conv->mean, conv->a, conv->b, conv->c, dz);
}

/* Adds to the sums of a batch norm inside a block, from dy of its activation. */
static void sum_inner(rn_training *t, size_t row, size_t shard, rn_span span, const float *dy)
{
    const rn_train_conv *conv = &t->convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[row]);
    double *sum_g = conv->shard_sum_g + shard * shape.channels;
    double *sum_gz = conv->shard_sum_gz + shard * shape.channels;
    if (span.first == rn_shard_get_span(t, shard).first) {
        memset(sum_g, 0, shape.channels * sizeof *sum_g);
        memset(sum_gz, 0, shape.channels * sizeof *sum_gz);
    }
    rn_batchnorm_backward_sums(&shape, dy + offset, conv->z + offset, conv->scale, conv->shift,
                               conv->mean, sum_g, sum_gz);
}

/* Whether the convolution's input is an activation inside the block, with sums to collect. */
static bool follows_activation(size_t row)
{
    return RN_ARCH_CONVS[row].role == RN_ROLE_SPATIAL || RN_ARCH_CONVS[row].role == RN_ROLE_EXPAND;
}

/* dx of one call, and while it is in the cache what the batch norm before needs of it; that
 * activation goes to y, for the weights' gradient. */
static resnet_status backward_call(rn_training *t, size_t row, size_t shard, rn_span span,
                                   size_t worker, const float *dz, float *y, float *dx)
{
    resnet_status status = RESNET_OK;
    const rn_shard_plan *plan = t->shard_plans[shard];
    if (dx && plan->backward_data[row])
        RN_TRY(rn_conv_run(plan->backward_data[row], worker,
                           dx + rn_span_offset(span, &t->geometry.in[row]),
                           t->convs[row].packed_backward[plan->winograd[row]], NULL, dz,
                           t->workers[worker].scratch));
    if (follows_activation(row)) {
        rn_suffix_activate(t, row - 1, span, y);
        sum_inner(t, row - 1, shard, span, dx);
    }
done:
    return status;
}

/* From dy behind a convolution's batch norm to dx before the convolution (unless dx is NULL), call
 * by call, and then its weights' gradient over the whole shard. `x` NULL: the activation before it.
 */
static resnet_status backward_conv(rn_training *t, size_t row, size_t shard, size_t worker,
                                   const float *dy, const float *x, float *dx)
{
    resnet_status status = RESNET_OK;
    const rn_shard_plan *plan = t->shard_plans[shard];
    const rn_train_worker *own = &t->workers[worker];
    const size_t first = rn_shard_get_span(t, shard).first;
    for (size_t k = 0; k < rn_shard_count_calls(t, row, shard); k++) {
        const rn_span span = rn_shard_get_call(t, row, shard, k);
        const rn_span within = {span.first - first, span.n};
        float *dz = own->dz + rn_span_offset(within, &t->geometry.out[row]);
        float *y = own->y + rn_span_offset(within, &t->geometry.in[row]);
        backward_batchnorm(t, row, span, dy, dz);
        RN_TRY(backward_call(t, row, shard, span, worker, dz, y, dx));
    }
    if (plan->backward_weights[row])
        status = rn_conv_run(plan->backward_weights[row], worker, x ? x : own->y,
                             rn_gradients_get_shard(t, row, shard), NULL, own->dz, own->scratch);
done:
    return status;
}

static rn_batchnorm_branch make_branch(rn_training *t, size_t row, size_t shard)
{
    const rn_train_conv *conv = &t->convs[row];
    const rn_map *map = &t->geometry.out[row];
    return (rn_batchnorm_branch){.z = conv->z + rn_span_offset(rn_shard_get_span(t, shard), map),
                                 .mean = conv->mean,
                                 .sum_gz = conv->shard_sum_gz + shard * map->channels};
}

/* trunk[0] becomes the gradient before the block's last ReLU, which both branches share. */
static void meet_residual(rn_training *t, size_t index, size_t shard, bool has_other)
{
    const rn_arch_block block = rn_arch_get_block(index);
    const rn_span span = rn_shard_get_span(t, shard);
    const rn_batchnorm_shape shape = rn_statistics_shape(t, block.expand, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[block.expand]);
    double *sum_g = t->convs[block.expand].shard_sum_g + shard * shape.channels;
    rn_batchnorm_branch branches[2] = {make_branch(t, block.expand, shard)};
    if (block.has_shortcut) branches[1] = make_branch(t, block.shortcut, shard);
    rn_batchnorm_backward_residual(
        &shape, t->trunk[0] + offset, has_other ? t->trunk[1] + offset : NULL,
        t->block_out[index] + offset, sum_g, branches, block.has_shortcut ? 2 : 1);
    if (!block.has_shortcut) return;
    double *shortcut_sum = t->convs[block.shortcut].shard_sum_g + shard * shape.channels;
    for (size_t c = 0; c < shape.channels; c++) shortcut_sum[c] = sum_g[c];
}

static resnet_status leave_head(rn_training *t, size_t index, size_t shard, size_t worker)
{
    (void)worker;
    const size_t row = rn_arch_get_block(index).expand;
    const rn_span span = rn_shard_get_span(t, shard);
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[row]);
    rn_global_pool_backward(&shape, t->net->settings.max_pooling, t->block_out[index] + offset,
                            t->d_embedding + span.first * shape.channels, t->trunk[0] + offset);
    meet_residual(t, index, shard, false);
    return RESNET_OK;
}

static resnet_status backward_expand(rn_training *t, size_t index, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_arch_block block = rn_arch_get_block(index);
    if (block.has_shortcut)
        RN_TRY(backward_conv(t, block.shortcut, shard, worker, t->trunk[0],
                             rn_suffix_get_input(t, index, rn_shard_get_span(t, shard)),
                             t->trunk[2]));
    status = backward_conv(t, block.expand, shard, worker, t->trunk[0], NULL, t->inner[0]);
done:
    return status;
}

static resnet_status backward_spatial(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const rn_arch_block block = rn_arch_get_block(index);
    return backward_conv(t, block.spatial, shard, worker, t->inner[0], NULL, t->inner[1]);
}

static resnet_status backward_reduce(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const rn_arch_block block = rn_arch_get_block(index);
    return backward_conv(t, block.reduce, shard, worker, t->inner[1],
                         rn_suffix_get_input(t, index, rn_shard_get_span(t, shard)), t->trunk[1]);
}

static resnet_status enter_previous(rn_training *t, size_t index, size_t shard, size_t worker)
{
    (void)worker;
    meet_residual(t, index, shard, true);
    return RESNET_OK;
}

static void add(float *restrict to, const float *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] += from[i];
}

/* Through the stem's pool to its activation, in inner[0]. */
static resnet_status backward_pool(rn_training *t, size_t block, size_t shard, size_t worker)
{
    resnet_status status;
    (void)block;
    const rn_map *map = &t->geometry.stage[0];
    const rn_span span = rn_shard_get_span(t, shard);
    float *gradient = t->trunk[0] + rn_span_offset(span, map);
    add(gradient, t->trunk[1] + rn_span_offset(span, map), span.n * rn_map_count(map));
    RN_TRY(rn_pooling_backward(t->shard_plans[shard]->pooling, worker,
                               t->inner[0] + rn_span_offset(span, &t->geometry.out[0]), gradient,
                               rn_suffix_get_winners(t, shard), t->workers[worker].scratch));
    sum_inner(t, 0, shard, span, t->inner[0]);
done:
    return status;
}

static resnet_status backward_stem(rn_training *t, size_t block, size_t shard, size_t worker)
{
    (void)block;
    const rn_span span = rn_shard_get_span(t, shard);
    return backward_conv(t, 0, shard, worker, t->inner[0],
                         t->features + rn_span_offset(span, &t->geometry.in[0]), NULL);
}

/* What the block's input gets: from its convolutions (written to trunk[1]) and from the identity
 * (trunk[0]) or the shortcut (trunk[2]). */
static void turn_trunk(rn_training *t, bool has_shortcut)
{
    float *from_identity = t->trunk[0], *from_convs = t->trunk[1], *from_shortcut = t->trunk[2];
    t->trunk[0] = from_convs;
    t->trunk[1] = has_shortcut ? from_shortcut : from_identity;
    t->trunk[2] = has_shortcut ? from_identity : from_shortcut;
}

static resnet_status backward_block(rn_training *t, size_t index)
{
    resnet_status status;
    const rn_arch_block block = rn_arch_get_block(index);
    const size_t outer[2] = {block.expand, block.shortcut};
    rn_statistics_finish_backward(t, block.expand);
    if (block.has_shortcut) rn_statistics_finish_backward(t, block.shortcut);
    rn_gradients_expect(t, block.has_shortcut ? 2 : 1, outer);
    RN_TRY(rn_training_run_phase(t, backward_expand, index));
    rn_statistics_finish_backward(t, block.spatial);
    rn_gradients_expect(t, 1, &block.spatial);
    RN_TRY(rn_training_run_phase(t, backward_spatial, index));
    rn_statistics_finish_backward(t, block.reduce);
    rn_gradients_expect(t, 1, &block.reduce);
    RN_TRY(rn_training_run_phase(t, backward_reduce, index));
    turn_trunk(t, block.has_shortcut);
done:
    return status;
}

resnet_status rn_suffix_backward(rn_training *t)
{
    resnet_status status;
    const size_t first = t->learning.first_block;
    RN_TRY(rn_training_run_phase(t, leave_head, RN_ARCH_N_BLOCKS - 1));
    for (size_t b = RN_ARCH_N_BLOCKS - 1;; b--) {
        RN_TRY(backward_block(t, b));
        if (b == first) break;
        RN_TRY(rn_training_run_phase(t, enter_previous, b - 1));
    }
    if (t->learning.stem) {
        const size_t stem = 0;
        RN_TRY(rn_training_run_phase(t, backward_pool, 0));
        rn_statistics_finish_backward(t, 0);
        rn_gradients_expect(t, 1, &stem);
        RN_TRY(rn_training_run_phase(t, backward_stem, 0));
    }
done:
    return status;
}
