/* What training keeps in memory: an arena a lifetime, carved by one function each.
 * SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "core/mem.h"
#include "core/tree.h"

#include <string.h>

static float *take_floats(rn_arena *arena, size_t count)
{
    return rn_arena_take(arena, count, sizeof(float));
}

/* ---- what learns ---- */

static bool learns(const rn_training *t, const rn_param *param)
{
    const bool *frozen = t->settings.frozen;
    if (param->kind == RN_PARAM_BN_MEAN || param->kind == RN_PARAM_BN_VARIANCE) return false;
    return param->conv < 0 ? !t->settings.freeze_head : !frozen || !frozen[param->conv];
}

static size_t count_learning(const rn_training *t)
{
    size_t count = 0;
    for (size_t i = 0; i < t->net->n_params; i++)
        if (learns(t, &t->net->params[i])) count += rn_align_floats(t->net->params[i].count);
    return count;
}

static void carve_learnt(void *context, rn_arena *arena)
{
    rn_training *t = context;
    const rn_arch *arch = t->net->arch;
    rn_learnt *l = &t->learnt;
    t->learning.frozen = rn_arena_take(arena, arch->n_convs, sizeof *t->learning.frozen);
    l->params = rn_arena_take(arena, t->net->n_params, sizeof *l->params);
    l->index = rn_arena_take(arena, t->net->n_params, sizeof *l->index);
    l->gradients = take_floats(arena, count_learning(t));
    t->weights.layouts = rn_arena_take(arena, arch->n_convs, sizeof *t->weights.layouts);
    t->weights.convs = rn_arena_take(arena, arch->n_convs, sizeof *t->weights.convs);
    t->maps.z = rn_arena_take(arena, arch->n_convs, sizeof *t->maps.z);
    t->maps.block_out = rn_arena_take(arena, arch->n_blocks, sizeof *t->maps.block_out);
    t->workers.items =
        rn_arena_take(arena, rn_pool_get_n_threads(t->pool), sizeof *t->workers.items);
}

/* Every learning tensor's place among the gradients. */
static void place_gradients(rn_training *t)
{
    rn_learnt *l = &t->learnt;
    float *at = l->gradients;
    for (size_t i = 0; i < t->net->n_params; i++) {
        const rn_param *param = &t->net->params[i];
        l->index[i] = t->net->n_params;
        if (!learns(t, param)) continue;
        l->index[i] = l->n_params;
        l->params[l->n_params++] = (rn_learning_param){param, rn_net_get_values(t->net, i), at};
        at += rn_align_floats(param->count);
    }
}

resnet_status rn_memory_for_learnt(rn_training *t)
{
    resnet_status status;
    const bool *frozen = t->settings.frozen;
    RN_TRY(rn_arena_make(&t->learnt.arena, carve_learnt, t));
    memset(t->learnt.arena.base, 0, t->learnt.arena.size);
    for (size_t row = 0; frozen && row < t->net->arch->n_convs; row++)
        t->learning.frozen[row] = frozen[row];
    t->settings.frozen = t->learning.frozen; /* the caller's no longer */
    place_gradients(t);
done:
    return status;
}

/* ---- weights ---- */

static size_t count_packed(const rn_layout *layout)
{
    return layout ? rn_layout_get_size(layout) / sizeof(float) : 0;
}

/* The most that one phase leaves behind: a convolution, or a block's last one and its shortcut. */
static size_t count_pending(const rn_training *t)
{
    const rn_weight_layouts *layouts = t->weights.layouts;
    size_t most = count_packed(layouts[0].gradient);
    for (size_t b = 0; b < t->net->arch->n_blocks; b++) {
        const rn_arch_block *block = &t->net->arch->blocks[b];
        const size_t shortcut =
            block->has_shortcut ? count_packed(layouts[block->shortcut].gradient) : 0;
        most = rn_larger(most, count_packed(layouts[block->last].gradient) + shortcut);
        for (size_t row = block->first; row < block->last; row++)
            most = rn_larger(most, count_packed(layouts[row].gradient));
    }
    return most * t->settings.n_shards;
}

static void carve_channels(rn_train_conv *conv, rn_arena *arena, size_t n_shards, size_t channels)
{
    double **const per_shard[] = {&conv->shard_mean, &conv->shard_m2, &conv->shard_sum_g,
                                  &conv->shard_sum_gz};
    float **const per_channel[] = {
        &conv->mean, &conv->inverse_deviation, &conv->scale, &conv->shift, &conv->a, &conv->b,
        &conv->c};
    for (size_t i = 0; i < sizeof per_shard / sizeof *per_shard; i++)
        *per_shard[i] = rn_arena_take(arena, n_shards * channels, sizeof **per_shard[i]);
    for (size_t i = 0; i < sizeof per_channel / sizeof *per_channel; i++)
        *per_channel[i] = take_floats(arena, channels);
}

static void carve_weights(void *context, rn_arena *arena)
{
    rn_training *t = context;
    rn_train_weights *w = &t->weights;
    for (size_t row = t->learning.first_conv; row < t->net->arch->n_convs; row++) {
        rn_train_conv *conv = &w->convs[row];
        const rn_weight_layouts *l = &w->layouts[row];
        conv->packed_forward = take_floats(arena, count_packed(l->forward));
        for (int k = 0; k < 2; k++)
            conv->packed_backward[k] = take_floats(arena, count_packed(l->backward[k]));
        conv->packed_gradient = take_floats(arena, count_packed(l->gradient));
        carve_channels(conv, arena, t->settings.n_shards, t->net->arch->convs[row].out_channels);
    }
    for (int i = 0; i < 2; i++) w->pending_shards[i] = take_floats(arena, count_pending(t));
}

static resnet_status add_reorder(rn_reorder **reorder, const rn_layout *from, const rn_layout *to)
{
    return !from || !to || *reorder ? RESNET_OK : rn_reorder_create(reorder, from, to);
}

static resnet_status add_reorders(rn_training *t, size_t row)
{
    resnet_status status;
    rn_train_conv *conv = &t->weights.convs[row];
    const rn_weight_layouts *l = &t->weights.layouts[row];
    rn_layout *plain = NULL;
    RN_TRY(
        rn_layout_create_plain(&plain, t->engine, t->net->params[t->net->convs[row].weight].dims));
    RN_TRY(add_reorder(&conv->pack_forward, plain, l->forward));
    for (int k = 0; k < 2; k++) RN_TRY(add_reorder(&conv->pack_backward[k], plain, l->backward[k]));
    status = add_reorder(&conv->unpack_gradient, l->gradient, plain);
done:
    rn_layout_free(plain);
    return status;
}

/* A task a convolution: oneDNN plans changes of layout here. */
static resnet_status add_reorders_task(void *context, size_t row, size_t worker)
{
    rn_training *t = context;
    (void)worker;
    return row < t->learning.first_conv ? RESNET_OK : add_reorders(t, row);
}

resnet_status rn_memory_for_weights(rn_training *t)
{
    resnet_status status;
    t->weights.are_packed = false;
    RN_TRY(rn_pool_run(t->pool, t->net->arch->n_convs, add_reorders_task, t));
    status = rn_arena_make(&t->weights.arena, carve_weights, t);
done:
    return status;
}

static void free_weights(rn_train_weights *w, size_t n_convs)
{
    for (size_t row = 0; w->convs && row < n_convs; row++) {
        rn_train_conv *conv = &w->convs[row];
        rn_reorder_free(conv->pack_forward);
        for (int k = 0; k < 2; k++) rn_reorder_free(conv->pack_backward[k]);
        rn_reorder_free(conv->unpack_gradient);
        *conv = (rn_train_conv){.pack_forward = NULL};
        rn_layout_free(w->layouts[row].forward);
        for (int k = 0; k < 2; k++) rn_layout_free(w->layouts[row].backward[k]);
        rn_layout_free(w->layouts[row].gradient);
        w->layouts[row] = (rn_weight_layouts){.forward = NULL};
    }
    rn_arena_clear(&w->arena);
    w->are_packed = false;
}

/* ---- maps ---- */

static void carve_backbone(rn_training *t, rn_arena *arena, size_t n)
{
    rn_train_maps *m = &t->maps;
    const rn_arch *arch = t->net->arch;
    size_t inner = 0,
           trunk = rn_map_count(rn_geometry_after_blocks(&t->geometry, t->learning.first_block));
    for (size_t row = t->learning.first_conv; row < arch->n_convs; row++) {
        const size_t count = rn_map_count(&t->geometry.rows[row].out);
        m->z[row] = take_floats(arena, n * count);
        if (rn_arch_meets_sum(&arch->convs[row]))
            trunk = rn_larger(trunk, count);
        else
            inner = rn_larger(inner, count);
    }
    for (size_t b = t->learning.first_block; b < arch->n_blocks; b++)
        m->block_out[b] =
            take_floats(arena, n * rn_map_count(&t->geometry.rows[arch->blocks[b].last].out));
    for (int i = 0; i < 3; i++) m->trunk[i] = take_floats(arena, n * trunk);
    for (int i = 0; i < 2; i++) m->inner[i] = take_floats(arena, n * inner);
    if (!t->learning.stem) return;
    m->stem_out = take_floats(arena, n * rn_map_count(&t->geometry.stage[0]));
    m->winners = rn_arena_take(arena, n * rn_map_count(&t->geometry.stage[0]), sizeof(int32_t));
}

static void carve_head(rn_training *t, rn_arena *arena, size_t n)
{
    rn_train_maps *m = &t->maps;
    const rn_net *net = t->net;
    m->embedding = take_floats(arena, n * net->arch->n_features);
    m->d_embedding = take_floats(arena, n * net->arch->n_features);
    m->dropped = take_floats(arena, n * net->linears[net->n_linears - 1].n_inputs);
    for (size_t i = 0; i < net->n_linears; i++) {
        m->linear_out[i] = take_floats(arena, n * net->linears[i].n_outputs);
        m->linear_grad[i] = take_floats(arena, n * net->linears[i].n_outputs);
        if (i < net->settings.n_hidden)
            m->hidden[i] = take_floats(arena, n * net->linears[i].n_outputs);
    }
}

static void carve_maps(void *context, rn_arena *arena)
{
    rn_training *t = context;
    if (t->learning.has_maps) carve_backbone(t, arena, t->maps.capacity);
    carve_head(t, arena, t->maps.capacity);
}

resnet_status rn_memory_for_images(rn_training *t, size_t n)
{
    if (n <= t->maps.capacity) return RESNET_OK;
    t->maps.capacity = n;
    const resnet_status status = rn_arena_make(&t->maps.arena, carve_maps, t);
    if (status != RESNET_OK) t->maps.capacity = 0;
    return status;
}

/* ---- workers ---- */

/* Floats of the largest map that a worker makes for one image. */
static size_t largest_map(const rn_training *t)
{
    size_t most = 0;
    for (size_t row = t->learning.first_conv; row < t->net->arch->n_convs; row++)
        most = rn_larger(most, rn_map_count(&t->geometry.rows[row].out));
    return most;
}

static size_t largest_weights(const rn_training *t)
{
    size_t most = 0;
    for (size_t row = t->learning.first_conv; row < t->net->arch->n_convs; row++)
        most = rn_larger(most, t->net->params[t->net->convs[row].weight].count);
    return most;
}

/* A row of the widest layer's weights, as often as a sum over shards needs it. */
static size_t count_rows(const rn_training *t)
{
    size_t widest = 0;
    for (size_t i = 0; i < t->net->n_linears; i++)
        widest = rn_larger(widest, t->net->linears[i].n_inputs);
    return rn_tree_count_slots(t->settings.n_shards) * widest;
}

static void carve_workers(void *context, rn_arena *arena)
{
    rn_training *t = context;
    const size_t map = t->workers.images * largest_map(t);
    for (size_t w = 0; w < rn_pool_get_n_threads(t->pool); w++) {
        rn_train_worker *worker = &t->workers.items[w];
        worker->y = take_floats(arena, map);
        worker->dz = take_floats(arena, map);
        worker->unpacked = take_floats(arena, largest_weights(t));
        worker->rows = take_floats(arena, count_rows(t));
        worker->scratch = rn_arena_take(arena, t->workers.scratch_size, 1);
    }
}

resnet_status rn_memory_for_workers(rn_training *t, size_t images, size_t scratch_size)
{
    rn_train_workers *w = &t->workers;
    if (w->arena.base && images <= w->images && scratch_size <= w->scratch_size) return RESNET_OK;
    w->images = rn_larger(images, w->images);
    w->scratch_size = rn_larger(scratch_size, w->scratch_size);
    return rn_arena_make(&w->arena, carve_workers, t);
}

void rn_memory_free_size(rn_training *t)
{
    free_weights(&t->weights, t->net->arch->n_convs);
    rn_arena_clear(&t->maps.arena);
    t->maps.capacity = 0;
    rn_arena_clear(&t->workers.arena);
    t->workers.images = t->workers.scratch_size = 0;
}
