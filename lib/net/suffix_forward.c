/* The learning part of the backbone, forward, in phases that end where batch norm needs the whole
 * batch. A phase applies the batch norm before a convolution, runs it, and collects the moments of
 * what comes out, all on one shard while it is in the cache. Only the convolutions' outputs z and
 * the blocks' outputs are kept; the activations between are made again from z where backward needs
 * them. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "dnn/global_pool.h"

void rn_suffix_activate(const rn_training *t, size_t row, rn_span span, float *y)
{
    const rn_train_conv *conv = &t->weights.convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    rn_batchnorm_apply(&shape, t->maps.z[row] + rn_span_offset(span, &t->geometry.rows[row].out),
                       conv->scale, conv->shift, y);
}

void *rn_suffix_get_winners(const rn_training *t, size_t shard)
{
    const rn_shard_plan *plan = t->batch.shard_plans[shard];
    const size_t per_image = rn_pooling_get_winners_size(plan->pooling) / plan->n;
    return t->maps.winners + rn_shard_get_span(t, shard).first * per_image;
}

const float *rn_suffix_get_input(const rn_training *t, size_t block, rn_span span)
{
    const rn_map *map = rn_geometry_after_blocks(&t->geometry, block);
    const float *input = block > t->learning.first_block ? t->maps.block_out[block - 1]
                         : t->learning.stem              ? t->maps.stem_out
                                                         : t->batch.features;
    return input + rn_span_offset(span, map);
}

/* A block's output: both branches' batch norms, their sum and its ReLU. */
static void leave_block(rn_training *t, size_t index, rn_span span)
{
    const rn_arch_block *block = &t->net->arch->blocks[index];
    const rn_train_conv *last = &t->weights.convs[block->last];
    const rn_train_conv *shortcut = block->has_shortcut ? &t->weights.convs[block->shortcut] : NULL;
    const rn_batchnorm_shape shape = rn_statistics_shape(t, block->last, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.rows[block->last].out);
    const float *residual =
        shortcut ? t->maps.z[block->shortcut] + offset : rn_suffix_get_input(t, index, span);
    rn_batchnorm_apply_sum(&shape, t->maps.z[block->last] + offset, last->scale, last->shift,
                           residual, shortcut ? shortcut->scale : NULL,
                           shortcut ? shortcut->shift : NULL, t->maps.block_out[index] + offset);
}

/* What a convolution gets: the stem the images, a block's first ones the block's input, which the
 * very first makes of the block before, the others the activation before them, made in the worker's
 * y. */
static const float *get_conv_input(rn_training *t, size_t row, rn_span span, size_t worker)
{
    const rn_arch_conv *conv = &t->net->arch->convs[row];
    const size_t block = conv->index;
    if (row == 0) return t->batch.features + rn_span_offset(span, &t->geometry.rows[0].in);
    if (conv->role == RN_ROLE_FIRST && block > t->learning.first_block)
        leave_block(t, block - 1, span);
    if (!rn_arch_is_inside(conv)) return rn_suffix_get_input(t, block, span);
    rn_suffix_activate(t, row - 1, span, t->workers.items[worker].y);
    return t->workers.items[worker].y;
}

/* z = conv(x) and its moments, call by call while both are in the cache. */
static resnet_status convolve(rn_training *t, size_t row, size_t shard, size_t worker)
{
    resnet_status status = RESNET_OK;
    rn_train_conv *conv = &t->weights.convs[row];
    for (size_t k = 0; k < rn_shard_count_calls(t, row, shard); k++) {
        const rn_span span = rn_shard_get_call(t, row, shard, k);
        const float *x = get_conv_input(t, row, span, worker);
        float *z = t->maps.z[row] + rn_span_offset(span, &t->geometry.rows[row].out);
        RN_TRY(rn_conv_forward(t->batch.shard_plans[shard]->rows[row].forward, worker, z, x,
                               conv->packed_forward, NULL, t->workers.items[worker].scratch));
        rn_statistics_collect(t, row, shard, span);
    }
done:
    return status;
}

static resnet_status enter_block(rn_training *t, size_t row, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_arch_block *block = &t->net->arch->blocks[t->net->arch->convs[row].index];
    RN_TRY(convolve(t, row, shard, worker));
    if (block->has_shortcut) RN_TRY(convolve(t, block->shortcut, shard, worker));
done:
    return status;
}

static resnet_status pool_stem(rn_training *t, size_t row, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_train_worker *own = &t->workers.items[worker];
    const rn_span span = rn_shard_get_span(t, shard);
    rn_suffix_activate(t, 0, span, own->y);
    RN_TRY(rn_pooling_forward(t->batch.shard_plans[shard]->pooling, worker, own->y,
                              t->maps.stem_out + rn_span_offset(span, &t->geometry.stage[0]),
                              rn_suffix_get_winners(t, shard), own->scratch));
    status = enter_block(t, row, shard, worker);
done:
    return status;
}

static resnet_status leave_backbone(rn_training *t, size_t row, size_t shard, size_t worker)
{
    (void)worker;
    const size_t index = t->net->arch->convs[row].index;
    const rn_span span = rn_shard_get_span(t, shard);
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    if (index >= t->learning.first_block) leave_block(t, index, span);
    rn_global_pool_forward(&shape, rn_net_takes_maxima(&t->net->settings), 0, shape.channels,
                           rn_suffix_get_input(t, index + 1, span),
                           t->maps.embedding + span.first * shape.channels);
    return RESNET_OK;
}

static void finish_entrance(rn_training *t, const rn_arch_block *block)
{
    rn_statistics_finish(t, block->first);
    if (block->has_shortcut) rn_statistics_finish(t, block->shortcut);
}

/* What is left of a block once it has been entered. */
static resnet_status run_block(rn_training *t, size_t index)
{
    resnet_status status = RESNET_OK;
    const rn_arch_block *block = &t->net->arch->blocks[index];
    finish_entrance(t, block);
    for (size_t row = block->first + 1; row <= block->last; row++) {
        RN_TRY(rn_training_run_phase(t, convolve, row));
        rn_statistics_finish(t, row);
    }
done:
    return status;
}

resnet_status rn_suffix_forward(rn_training *t)
{
    resnet_status status;
    const rn_arch *arch = t->net->arch;
    const size_t first = t->learning.first_block;
    if (t->learning.stem) {
        RN_TRY(rn_training_run_phase(t, convolve, 0));
        rn_statistics_finish(t, 0);
    }
    for (size_t b = first; b < arch->n_blocks; b++) {
        const bool follows_stem = b == 0 && t->learning.stem;
        RN_TRY(rn_training_run_phase(t, follows_stem ? pool_stem : enter_block,
                                     arch->blocks[b].first));
        RN_TRY(run_block(t, b));
    }
    status = rn_training_run_phase(t, leave_backbone, arch->blocks[arch->n_blocks - 1].last);
done:
    return status;
}
