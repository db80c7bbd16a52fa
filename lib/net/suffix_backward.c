/* The learning part of the backbone, backward. The gradient of a block's output is the sum of two,
 * from the next block's convolutions and from its shortcut or the identity; it is in trunk[0] when
 * the block begins. Each phase ends where a batch norm needs its gradient sums over the whole
 * batch. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "dnn/activation.h"
#include "dnn/global_pool.h"

#include <string.h>

/* The worker's dz = gradient of z from dy. Inside a block z's own ReLU is still to be passed; at a
 * block's end that is done, dy being shared by its branches. */
static void backward_batchnorm(rn_training *t, size_t row, rn_span span, const float *dy, float *dz)
{
    const rn_train_conv *conv = &t->weights.convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.rows[row].out);
    const bool masked = !rn_arch_meets_sum(&t->net->arch->convs[row]);
    rn_batchnorm_backward(&shape, dy + offset, t->maps.z[row] + offset, masked ? conv->scale : NULL,
                          masked ? conv->shift : NULL, conv->mean, conv->a, conv->b, conv->c, dz);
}

/* A shard's place in per-shard sums of a batch norm; its first call finds zeros there. */
static double *start_sums(const rn_training *t, size_t row, size_t shard, rn_span span,
                          double *sums)
{
    const size_t channels = t->geometry.rows[row].out.channels;
    double *own = sums + shard * channels;
    if (span.first == rn_shard_get_span(t, shard).first) memset(own, 0, channels * sizeof *own);
    return own;
}

/* Adds to the sums of a batch norm inside a block, from dy of its activation. */
static void sum_inner(rn_training *t, size_t row, size_t shard, rn_span span, const float *dy)
{
    const rn_train_conv *conv = &t->weights.convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.rows[row].out);
    rn_batchnorm_backward_sums(&shape, dy + offset, t->maps.z[row] + offset, conv->scale,
                               conv->shift, conv->mean,
                               start_sums(t, row, shard, span, conv->shard_sum_g),
                               start_sums(t, row, shard, span, conv->shard_sum_gz));
}

static rn_batchnorm_branch make_branch(rn_training *t, size_t row, size_t shard, rn_span span)
{
    const rn_train_conv *conv = &t->weights.convs[row];
    const rn_map *map = &t->geometry.rows[row].out;
    return (rn_batchnorm_branch){.z = t->maps.z[row] + rn_span_offset(span, map),
                                 .mean = conv->mean,
                                 .sum_gz = start_sums(t, row, shard, span, conv->shard_sum_gz)};
}

/* At the end of block `index`: g (for the whole batch, like `other`, which may be NULL) becomes the
 * gradient before the block's last ReLU, which both branches share. */
static void meet_residual(rn_training *t, size_t index, size_t shard, rn_span span, float *g,
                          const float *other)
{
    const rn_arch_block *block = &t->net->arch->blocks[index];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, block->last, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.rows[block->last].out);
    double *sum_g =
        start_sums(t, block->last, shard, span, t->weights.convs[block->last].shard_sum_g);
    rn_batchnorm_branch branches[2] = {make_branch(t, block->last, shard, span)};
    if (block->has_shortcut) branches[1] = make_branch(t, block->shortcut, shard, span);
    rn_batchnorm_backward_residual(&shape, g + offset, other ? other + offset : NULL,
                                   t->maps.block_out[index] + offset, sum_g, branches,
                                   block->has_shortcut ? 2 : 1);
    if (!block->has_shortcut) return;
    double *shortcut_sum = t->weights.convs[block->shortcut].shard_sum_g + shard * shape.channels;
    memcpy(shortcut_sum, sum_g, shape.channels * sizeof *sum_g);
}

/* One convolution's way back on one shard. */
typedef struct backward_pass {
    size_t row, shard, worker;
    const float *dy; /* behind its batch norm */
    const float *x;  /* its input, or NULL: the activation before it */
    float *dx;       /* before it, or NULL */
} backward_pass;

static void add(float *restrict to, const float *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] += from[i];
}

static bool is_tap(const rn_training *t, size_t index)
{
    return t->batch.d_map && t->learning.tap == index;
}

/* The gradient g of those images' maps before block `index`, to the host of the tap. */
static void leave_tap(const rn_training *t, size_t index, rn_span span, const float *g)
{
    const rn_map *map = rn_geometry_after_blocks(&t->geometry, index);
    const rn_activation_shape shape = {map->channels, map->h * map->w,
                                       rn_engine_get_channel_block(t->engine)};
    for (rn_span one = {span.first, 1}; one.first < span.first + span.n; one.first++)
        rn_activation_to_plain(&shape, g + rn_span_offset(one, map),
                               t->batch.d_map + rn_span_offset(one, map));
}

/* The gradient of a block's input comes from its convolutions, which is in dx, and its other branch:
 * they are summed where it is wanted as it is, else on the way through the ReLU before. */
static void leave_block(rn_training *t, const backward_pass *pass, rn_span span)
{
    const rn_map *map = &t->geometry.rows[pass->row].in;
    const rn_arch_conv *conv = &t->net->arch->convs[pass->row];
    const size_t index = conv->index;
    const bool is_first = index == t->learning.first_block;
    const float *other = t->maps.trunk[conv->beside_shortcut ? 2 : 0];
    if (is_first || is_tap(t, index)) {
        add(pass->dx + rn_span_offset(span, map), other + rn_span_offset(span, map),
            span.n * rn_map_count(map));
        other = NULL;
    }
    if (is_tap(t, index)) leave_tap(t, index, span, pass->dx);
    if (!is_first) meet_residual(t, index - 1, pass->shard, span, pass->dx, other);
}

/* dx of one call, and while it is in the cache what the batch norm before needs of it; an
 * activation inside the block goes to y, for the weights' gradient. */
static resnet_status backward_call(rn_training *t, const backward_pass *pass, rn_span span,
                                   const float *dz, float *y)
{
    resnet_status status = RESNET_OK;
    const size_t row = pass->row;
    const rn_arch_conv *conv = &t->net->arch->convs[row];
    const rn_shard_row *plan = &t->batch.shard_plans[pass->shard]->rows[row];
    if (pass->dx && plan->backward_data)
        RN_TRY(rn_conv_backward_data(plan->backward_data, pass->worker,
                                     pass->dx + rn_span_offset(span, &t->geometry.rows[row].in), dz,
                                     t->weights.convs[row].packed_backward[plan->winograd],
                                     t->workers.items[pass->worker].scratch));
    if (rn_arch_is_inside(conv)) {
        rn_suffix_activate(t, row - 1, span, y);
        sum_inner(t, row - 1, pass->shard, span, pass->dx);
    } else if (conv->role == RN_ROLE_FIRST && plan->backward_data) {
        leave_block(t, pass, span);
    }
done:
    return status;
}

/* Call by call from dy to dx, and then the weights' gradient over the whole shard. */
static resnet_status backward_conv(rn_training *t, const backward_pass *pass)
{
    resnet_status status = RESNET_OK;
    const size_t row = pass->row;
    const rn_shard_row *plan = &t->batch.shard_plans[pass->shard]->rows[row];
    const rn_train_worker *own = &t->workers.items[pass->worker];
    const size_t first = rn_shard_get_span(t, pass->shard).first;
    for (size_t k = 0; k < rn_shard_count_calls(t, row, pass->shard); k++) {
        const rn_span span = rn_shard_get_call(t, row, pass->shard, k);
        const rn_span within = {span.first - first, span.n};
        float *dz = own->dz + rn_span_offset(within, &t->geometry.rows[row].out);
        float *y = own->y + rn_span_offset(within, &t->geometry.rows[row].in);
        backward_batchnorm(t, row, span, pass->dy, dz);
        RN_TRY(backward_call(t, pass, span, dz, y));
    }
    if (plan->backward_weights)
        status = rn_conv_backward_weights(plan->backward_weights, pass->worker,
                                          rn_gradients_get_shard(t, row, pass->shard),
                                          pass->x ? pass->x : own->y, own->dz, own->scratch);
done:
    return status;
}

static resnet_status leave_head(rn_training *t, size_t row, size_t shard, size_t worker)
{
    (void)worker;
    const size_t index = t->net->arch->convs[row].index;
    const rn_span span = rn_shard_get_span(t, shard);
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.rows[row].out);
    rn_global_pool_backward(
        &shape, rn_net_takes_maxima(&t->net->settings), rn_suffix_get_input(t, index + 1, span),
        t->maps.d_embedding + span.first * shape.channels, t->maps.trunk[0] + offset);
    if (is_tap(t, index + 1)) leave_tap(t, index + 1, span, t->maps.trunk[0]);
    if (index >= t->learning.first_block)
        meet_residual(t, index, shard, span, t->maps.trunk[0], NULL);
    return RESNET_OK;
}

/* The inner buffers take turns, from the block's last convolution to its first. */
static float *get_inner(const rn_training *t, const rn_arch_block *block, size_t row)
{
    return t->maps.inner[(block->last - row) % 2];
}

/* Behind the block's sum: its last convolution and its shortcut. */
static resnet_status backward_last(rn_training *t, size_t row, size_t shard, size_t worker)
{
    resnet_status status;
    const size_t index = t->net->arch->convs[row].index;
    const rn_arch_block *block = &t->net->arch->blocks[index];
    const float *input = rn_suffix_get_input(t, index, rn_shard_get_span(t, shard));
    const backward_pass shortcut = {block->shortcut,  shard, worker,
                                    t->maps.trunk[0], input, t->maps.trunk[2]};
    const backward_pass last = {
        row, shard, worker, t->maps.trunk[0], NULL, get_inner(t, block, row)};
    if (block->has_shortcut) RN_TRY(backward_conv(t, &shortcut));
    status = backward_conv(t, &last);
done:
    return status;
}

static resnet_status backward_inner(rn_training *t, size_t row, size_t shard, size_t worker)
{
    const rn_arch_block *block = &t->net->arch->blocks[t->net->arch->convs[row].index];
    const backward_pass inner = {
        row, shard, worker, get_inner(t, block, row + 1), NULL, get_inner(t, block, row)};
    return backward_conv(t, &inner);
}

static resnet_status backward_first(rn_training *t, size_t row, size_t shard, size_t worker)
{
    const size_t index = t->net->arch->convs[row].index;
    const rn_arch_block *block = &t->net->arch->blocks[index];
    const float *input = rn_suffix_get_input(t, index, rn_shard_get_span(t, shard));
    const backward_pass first = {row,   shard,           worker, get_inner(t, block, row + 1),
                                 input, t->maps.trunk[1]};
    return backward_conv(t, &first);
}

/* Through the stem's pool to its activation, in inner[0]. */
static resnet_status backward_pool(rn_training *t, size_t row, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_map *map = &t->geometry.stage[0];
    const rn_span span = rn_shard_get_span(t, shard);
    RN_TRY(rn_pooling_backward(t->batch.shard_plans[shard]->pooling, worker,
                               t->maps.inner[0] + rn_span_offset(span, &t->geometry.rows[0].out),
                               t->maps.trunk[0] + rn_span_offset(span, map),
                               rn_suffix_get_winners(t, shard), t->workers.items[worker].scratch));
    sum_inner(t, row, shard, span, t->maps.inner[0]);
done:
    return status;
}

static resnet_status backward_stem(rn_training *t, size_t row, size_t shard, size_t worker)
{
    const rn_span span = rn_shard_get_span(t, shard);
    const float *images = t->batch.features + rn_span_offset(span, &t->geometry.rows[0].in);
    const backward_pass stem = {row, shard, worker, t->maps.inner[0], images, NULL};
    return backward_conv(t, &stem);
}

/* What the block's input gets: from its convolutions (written to trunk[1]) and from the identity
 * (trunk[0]) or the shortcut (trunk[2]). */
static void turn_trunk(rn_training *t, bool has_shortcut)
{
    float *from_identity = t->maps.trunk[0], *from_convs = t->maps.trunk[1],
          *from_shortcut = t->maps.trunk[2];
    t->maps.trunk[0] = from_convs;
    t->maps.trunk[1] = has_shortcut ? from_shortcut : from_identity;
    t->maps.trunk[2] = has_shortcut ? from_identity : from_shortcut;
}

static resnet_status backward_block(rn_training *t, size_t index)
{
    resnet_status status;
    const rn_arch_block *block = &t->net->arch->blocks[index];
    const size_t outer[2] = {block->last, block->shortcut};
    rn_statistics_finish_backward(t, block->last);
    if (block->has_shortcut) rn_statistics_finish_backward(t, block->shortcut);
    rn_gradients_expect(t, block->has_shortcut ? 2 : 1, outer);
    RN_TRY(rn_training_run_phase(t, backward_last, block->last));
    for (size_t row = block->last; row-- > block->first;) {
        rn_statistics_finish_backward(t, row);
        rn_gradients_expect(t, 1, &row);
        RN_TRY(rn_training_run_phase(t, row > block->first ? backward_inner : backward_first, row));
    }
    turn_trunk(t, block->has_shortcut);
done:
    return status;
}

resnet_status rn_suffix_backward(rn_training *t)
{
    resnet_status status;
    const rn_arch *arch = t->net->arch;
    const size_t first = t->learning.first_block;
    RN_TRY(rn_training_run_phase(t, leave_head, arch->blocks[arch->n_blocks - 1].last));
    for (size_t b = arch->n_blocks; b-- > first;) RN_TRY(backward_block(t, b));
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
