/* The learning part of the backbone, forward, in phases that end where batch norm needs the whole
 * batch. A phase applies the batch norm before a convolution, runs it, and collects the moments of
 * what comes out, all on one shard while it is in the cache. Only the convolutions' outputs z and
 * the blocks' outputs are kept; the activations between are made again from z where backward needs
 * them. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "dnn/global_pool.h"

/* z = conv(x), and its moments */
static resnet_status convolve(rn_training *t, size_t row, size_t shard, size_t worker,
                              const float *x)
{
    rn_train_conv *conv = &t->convs[row];
    float *z = conv->z + rn_shard_offset(t, shard, &t->geometry.out[row]);
    const resnet_status status =
        rn_conv_run(t->shard_plans[shard]->forward[row], worker, x, conv->packed_forward, NULL, z,
                    t->workers[worker].scratch);
    if (status == RESNET_OK) rn_statistics_collect(t, row, shard);
    return status;
}

void rn_suffix_activate(const rn_training *t, size_t row, size_t shard, float *y)
{
    const rn_train_conv *conv = &t->convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, shard);
    rn_batchnorm_apply(&shape, conv->z + rn_shard_offset(t, shard, &t->geometry.out[row]),
                       conv->scale, conv->shift, y);
}

void *rn_suffix_get_winners(const rn_training *t, size_t shard)
{
    const rn_shard_plan *plan = t->shard_plans[shard];
    const size_t per_image = rn_pooling_get_winners_size(plan->pooling) / plan->n;
    return t->winners + rn_shard_first(t, shard) * per_image;
}

const float *rn_suffix_get_input(const rn_training *t, size_t block, size_t shard)
{
    const rn_map *map = &t->geometry.in[rn_arch_get_block(block).reduce];
    const float *input = block > t->learning.first_block ? t->block_out[block - 1]
                         : t->learning.stem              ? t->stem_out
                                                         : t->features;
    return input + rn_shard_offset(t, shard, map);
}

static resnet_status run_stem(rn_training *t, size_t block, size_t shard, size_t worker)
{
    (void)block;
    return convolve(t, 0, shard, worker,
                    t->features + rn_shard_offset(t, shard, &t->geometry.in[0]));
}

static resnet_status enter_block(rn_training *t, size_t index, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_arch_block block = rn_arch_get_block(index);
    const float *x = rn_suffix_get_input(t, index, shard);
    RN_TRY(convolve(t, block.reduce, shard, worker, x));
    if (block.has_shortcut) RN_TRY(convolve(t, block.shortcut, shard, worker, x));
done:
    return status;
}

static resnet_status pool_stem(rn_training *t, size_t block, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_train_worker *own = &t->workers[worker];
    const rn_shard_plan *plan = t->shard_plans[shard];
    rn_suffix_activate(t, 0, shard, own->y);
    RN_TRY(rn_pooling_forward(plan->pooling, worker, own->y,
                              t->stem_out + rn_shard_offset(t, shard, &t->geometry.stage[0]),
                              rn_suffix_get_winners(t, shard), own->scratch));
    status = enter_block(t, block, shard, worker);
done:
    return status;
}

/* `from`'s activation through the convolution `to` */
static resnet_status advance(rn_training *t, size_t from, size_t to, size_t shard, size_t worker)
{
    rn_suffix_activate(t, from, shard, t->workers[worker].y);
    return convolve(t, to, shard, worker, t->workers[worker].y);
}

static resnet_status run_spatial(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const rn_arch_block block = rn_arch_get_block(index);
    return advance(t, block.reduce, block.spatial, shard, worker);
}

static resnet_status run_expand(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const rn_arch_block block = rn_arch_get_block(index);
    return advance(t, block.spatial, block.expand, shard, worker);
}

/* The block's output, and the start of what comes next. */
static resnet_status leave_block(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const rn_arch_block block = rn_arch_get_block(index);
    const rn_train_conv *expand = &t->convs[block.expand];
    const rn_train_conv *shortcut = block.has_shortcut ? &t->convs[block.shortcut] : NULL;
    const rn_batchnorm_shape shape = rn_statistics_shape(t, block.expand, shard);
    const size_t offset = rn_shard_offset(t, shard, &t->geometry.out[block.expand]);
    const float *residual = shortcut ? shortcut->z + offset : rn_suffix_get_input(t, index, shard);
    float *out = t->block_out[index] + offset;
    rn_batchnorm_apply_sum(&shape, expand->z + offset, expand->scale, expand->shift, residual,
                           shortcut ? shortcut->scale : NULL, shortcut ? shortcut->shift : NULL,
                           out);
    if (index + 1 < RN_ARCH_N_BLOCKS) return enter_block(t, index + 1, shard, worker);
    rn_global_pool_forward(&shape, t->net->settings.max_pooling, 0, shape.channels, out,
                           t->embedding + rn_shard_first(t, shard) * shape.channels);
    return RESNET_OK;
}

static void finish_entrance(rn_training *t, const rn_arch_block *block)
{
    rn_statistics_finish(t, block->reduce);
    if (block->has_shortcut) rn_statistics_finish(t, block->shortcut);
}

resnet_status rn_suffix_forward(rn_training *t)
{
    resnet_status status;
    const size_t first = t->learning.first_block;
    if (t->learning.stem) {
        RN_TRY(rn_training_run_phase(t, run_stem, 0));
        rn_statistics_finish(t, 0);
        RN_TRY(rn_training_run_phase(t, pool_stem, 0));
    } else {
        RN_TRY(rn_training_run_phase(t, enter_block, first));
    }
    for (size_t b = first; b < RN_ARCH_N_BLOCKS; b++) {
        const rn_arch_block block = rn_arch_get_block(b);
        finish_entrance(t, &block);
        RN_TRY(rn_training_run_phase(t, run_spatial, b));
        rn_statistics_finish(t, block.spatial);
        RN_TRY(rn_training_run_phase(t, run_expand, b));
        rn_statistics_finish(t, block.expand);
        RN_TRY(rn_training_run_phase(t, leave_block, b));
    }
done:
    return status;
}
