/* What training keeps in memory: for one size of images the packed weights, for a number of images
 * the activations and gradients. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "core/mem.h"
#include "core/tree.h"

#include <string.h>

static resnet_status alloc_floats(float **out, size_t count)
{
    rn_free(*out);
    *out = rn_alloc(count, sizeof **out);
    return *out ? RESNET_OK : RESNET_E_NOMEM;
}

static resnet_status alloc_doubles(double **out, size_t count)
{
    rn_free(*out);
    *out = rn_calloc(count, sizeof **out);
    return *out ? RESNET_OK : RESNET_E_NOMEM;
}

static resnet_status alloc_channels(const rn_training *t, rn_train_conv *conv, size_t channels)
{
    resnet_status status;
    double **const per_shard[] = {&conv->shard_mean, &conv->shard_m2, &conv->shard_sum_g,
                                  &conv->shard_sum_gz};
    float **const per_channel[] = {
        &conv->mean, &conv->inverse_deviation, &conv->scale, &conv->shift, &conv->a, &conv->b,
        &conv->c};
    for (size_t i = 0; i < sizeof per_shard / sizeof *per_shard; i++)
        RN_TRY(alloc_doubles(per_shard[i], t->settings.n_shards * channels));
    for (size_t i = 0; i < sizeof per_channel / sizeof *per_channel; i++)
        RN_TRY(alloc_floats(per_channel[i], channels));
done:
    return status;
}

static resnet_status alloc_packed(float **buffer, rn_reorder **reorder, const rn_layout *from,
                                  const rn_layout *to, const rn_layout *packed)
{
    resnet_status status;
    if (!packed || *reorder) return RESNET_OK;
    RN_TRY(alloc_floats(buffer, rn_layout_get_size(packed) / sizeof(float)));
    status = rn_reorder_create(reorder, from, to);
done:
    return status;
}

static resnet_status alloc_weights(rn_training *t, size_t row)
{
    resnet_status status;
    rn_train_conv *conv = &t->convs[row];
    const rn_weight_layouts *l = &t->layouts[row];
    rn_layout *plain = NULL;
    RN_TRY(
        rn_layout_create_plain(&plain, t->engine, t->net->params[t->net->convs[row].weight].dims));
    RN_TRY(alloc_packed(&conv->packed_forward, &conv->pack_forward, plain, l->forward, l->forward));
    for (int k = 0; k < 2; k++)
        RN_TRY(alloc_packed(&conv->packed_backward[k], &conv->pack_backward[k], plain,
                            l->backward[k], l->backward[k]));
    RN_TRY(alloc_packed(&conv->packed_gradient, &conv->unpack_gradient, l->gradient, plain,
                        l->gradient));
    if (!conv->c) status = alloc_channels(t, conv, t->net->arch->convs[row].out_channels);
done:
    rn_layout_free(plain);
    return status;
}

/* A task a convolution: oneDNN plans changes of layout here too. */
static resnet_status alloc_weights_task(void *context, size_t row, size_t worker)
{
    rn_training *t = context;
    (void)worker;
    return row < t->learning.first_conv ? RESNET_OK : alloc_weights(t, row);
}

static size_t count_gradient(const rn_training *t, size_t row)
{
    const rn_layout *layout = t->layouts[row].gradient;
    return layout ? rn_layout_get_size(layout) / sizeof(float) : 0;
}

/* The most that one phase leaves behind: a convolution, or a block's last one and its shortcut. */
static size_t count_pending(const rn_training *t)
{
    size_t most = count_gradient(t, 0);
    for (size_t b = 0; b < t->net->arch->n_blocks; b++) {
        const rn_arch_block *block = &t->net->arch->blocks[b];
        const size_t shortcut = block->has_shortcut ? count_gradient(t, block->shortcut) : 0;
        most = rn_larger(most, count_gradient(t, block->last) + shortcut);
        for (size_t row = block->first; row < block->last; row++)
            most = rn_larger(most, count_gradient(t, row));
    }
    return most * t->settings.n_shards;
}

static resnet_status alloc_unpacked(rn_training *t)
{
    resnet_status status = RESNET_OK;
    size_t most = 1;
    for (size_t row = 0; row < t->net->arch->n_convs; row++)
        most = rn_larger(most, t->net->params[t->net->convs[row].weight].count);
    for (size_t w = 0; w < rn_pool_get_n_threads(t->pool); w++)
        RN_TRY(alloc_floats(&t->workers[w].unpacked, most));
done:
    return status;
}

resnet_status rn_memory_for_weights(rn_training *t)
{
    resnet_status status;
    RN_TRY(rn_pool_run(t->pool, t->net->arch->n_convs, alloc_weights_task, t));
    if (t->pending_shards[0]) return RESNET_OK;
    for (int i = 0; i < 2; i++) RN_TRY(alloc_floats(&t->pending_shards[i], count_pending(t)));
    status = alloc_unpacked(t);
done:
    return status;
}

void rn_memory_free_weights(rn_training *t)
{
    if (!t->convs || !t->layouts) return;
    for (size_t row = 0; row < t->net->arch->n_convs; row++) {
        rn_train_conv *conv = &t->convs[row];
        rn_reorder_free(conv->pack_forward);
        for (int k = 0; k < 2; k++) rn_reorder_free(conv->pack_backward[k]);
        rn_reorder_free(conv->unpack_gradient);
        void *const blocks[] = {conv->packed_forward,
                                conv->packed_backward[0],
                                conv->packed_backward[1],
                                conv->packed_gradient,
                                conv->z,
                                conv->shard_mean,
                                conv->shard_m2,
                                conv->shard_sum_g,
                                conv->shard_sum_gz,
                                conv->mean,
                                conv->inverse_deviation,
                                conv->scale,
                                conv->shift,
                                conv->a,
                                conv->b,
                                conv->c};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
        memset(conv, 0, sizeof *conv);
        rn_layout_free(t->layouts[row].forward);
        for (int k = 0; k < 2; k++) rn_layout_free(t->layouts[row].backward[k]);
        rn_layout_free(t->layouts[row].gradient);
        memset(&t->layouts[row], 0, sizeof t->layouts[row]);
    }
}

static resnet_status alloc_maps(rn_training *t, size_t n)
{
    resnet_status status;
    size_t inner = 0,
           trunk = rn_map_count(rn_geometry_after_blocks(&t->geometry, t->learning.first_block));
    for (size_t row = t->learning.first_conv; row < t->net->arch->n_convs; row++) {
        const size_t count = rn_map_count(&t->geometry.rows[row].out);
        RN_TRY(alloc_floats(&t->convs[row].z, n * count));
        if (rn_arch_meets_sum(&t->net->arch->convs[row]))
            trunk = rn_larger(trunk, count);
        else
            inner = rn_larger(inner, count);
    }
    for (size_t b = t->learning.first_block; b < t->net->arch->n_blocks; b++)
        RN_TRY(alloc_floats(&t->block_out[b],
                            n * rn_map_count(&t->geometry.rows[t->net->arch->blocks[b].last].out)));
    for (int i = 0; i < 3; i++) RN_TRY(alloc_floats(&t->trunk[i], n * trunk));
    for (int i = 0; i < 2; i++) RN_TRY(alloc_floats(&t->inner[i], n * inner));
    RN_TRY(alloc_floats(&t->stem_out, n * rn_map_count(&t->geometry.stage[0])));
    rn_free(t->winners);
    t->winners = rn_alloc(n * rn_map_count(&t->geometry.stage[0]), sizeof(int32_t));
    status = t->winners ? RESNET_OK : RESNET_E_NOMEM;
done:
    return status;
}

/* A row of the widest layer's weights and its bias, as often as a sum over shards needs it. */
static resnet_status alloc_rows(rn_training *t)
{
    resnet_status status = RESNET_OK;
    size_t widest = 0;
    for (size_t i = 0; i < t->net->n_linears; i++)
        widest = rn_larger(widest, t->net->linears[i].n_inputs + 1);
    for (size_t w = 0; w < rn_pool_get_n_threads(t->pool); w++)
        RN_TRY(
            alloc_floats(&t->workers[w].rows, rn_tree_count_slots(t->settings.n_shards) * widest));
done:
    return status;
}

static resnet_status alloc_head(rn_training *t, size_t n)
{
    resnet_status status;
    const rn_net *net = t->net;
    RN_TRY(alloc_floats(&t->embedding, n * net->arch->n_features));
    RN_TRY(alloc_floats(&t->d_embedding, n * net->arch->n_features));
    RN_TRY(alloc_floats(&t->dropped, n * net->linears[net->n_linears - 1].n_inputs));
    for (size_t i = 0; i < net->n_linears; i++) {
        RN_TRY(alloc_floats(&t->linear_out[i], n * net->linears[i].n_outputs));
        RN_TRY(alloc_floats(&t->linear_grad[i], n * net->linears[i].n_outputs));
        if (i < net->settings.n_hidden)
            RN_TRY(alloc_floats(&t->hidden[i], n * net->linears[i].n_outputs));
    }
    status = alloc_rows(t);
done:
    return status;
}

resnet_status rn_memory_for_images(rn_training *t, size_t n)
{
    resnet_status status = RESNET_OK;
    if (n <= t->capacity) return RESNET_OK;
    t->capacity = 0;
    if (t->learning.has_maps) RN_TRY(alloc_maps(t, n));
    RN_TRY(alloc_head(t, n));
    t->capacity = n;
done:
    return status;
}

/* Floats of the largest map that a worker makes for one image. */
static size_t largest_map(const rn_training *t)
{
    size_t most = 0;
    for (size_t row = t->learning.first_conv; row < t->net->arch->n_convs; row++)
        most = rn_larger(most, rn_map_count(&t->geometry.rows[row].out));
    return most;
}

resnet_status rn_memory_for_workers(rn_training *t, size_t images, size_t scratch_size)
{
    resnet_status status = RESNET_OK;
    if (images <= t->worker_images && scratch_size <= t->scratch_size) return RESNET_OK;
    images = rn_larger(images, t->worker_images);
    scratch_size = rn_larger(scratch_size, t->scratch_size);
    t->worker_images = t->scratch_size = 0;
    for (size_t w = 0; w < rn_pool_get_n_threads(t->pool); w++) {
        rn_train_worker *worker = &t->workers[w];
        RN_TRY(alloc_floats(&worker->y, images * largest_map(t)));
        RN_TRY(alloc_floats(&worker->dz, images * largest_map(t)));
        rn_free(worker->scratch);
        worker->scratch = rn_alloc(scratch_size, 1);
        if (!worker->scratch) return RESNET_E_NOMEM;
    }
    t->worker_images = images;
    t->scratch_size = scratch_size;
done:
    return status;
}

void rn_memory_free_images(rn_training *t)
{
    float **const buffers[] = {&t->stem_out,          &t->trunk[0],         &t->trunk[1],
                               &t->trunk[2],          &t->inner[0],         &t->inner[1],
                               &t->embedding,         &t->d_embedding,      &t->dropped,
                               &t->pending_shards[0], &t->pending_shards[1]};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        rn_free(*buffers[i]);
        *buffers[i] = NULL;
    }
    for (size_t b = 0; t->block_out && b < t->net->arch->n_blocks; b++) {
        rn_free(t->block_out[b]);
        t->block_out[b] = NULL;
    }
    for (size_t i = 0; i <= RN_ARCH_MAX_HIDDEN; i++) {
        rn_free(t->linear_out[i]);
        rn_free(t->linear_grad[i]);
        t->linear_out[i] = t->linear_grad[i] = NULL;
    }
    for (size_t i = 0; i < RN_ARCH_MAX_HIDDEN; i++) {
        rn_free(t->hidden[i]);
        t->hidden[i] = NULL;
    }
    rn_free(t->winners);
    t->winners = NULL;
    t->capacity = 0;
    for (size_t w = 0; t->workers && w < rn_pool_get_n_threads(t->pool); w++) {
        rn_free(t->workers[w].y);
        rn_free(t->workers[w].dz);
        rn_free(t->workers[w].unpacked);
        rn_free(t->workers[w].rows);
        rn_free(t->workers[w].scratch);
        t->workers[w] = (rn_train_worker){0};
    }
    t->worker_images = t->scratch_size = 0;
}
