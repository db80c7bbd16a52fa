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
    const rn_train_conv *conv = &t->convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[row]);
    const bool masked =
        RN_ARCH_CONVS[row].role != RN_ROLE_EXPAND && RN_ARCH_CONVS[row].role != RN_ROLE_SHORTCUT;
    rn_batchnorm_backward(&shape, dy + offset, conv->z + offset, masked ? conv->scale : NULL,
                          masked ? conv->shift : NULL, conv->mean, conv->a, conv->b, conv->c, dz);
}

/* A shard's place in per-shard sums of a batch norm; its first call finds zeros there. */
static double *start_sums(const rn_training *t, size_t row, size_t shard, rn_span span,
                          double *sums)
{
    const size_t channels = t->geometry.out[row].channels;
    double *own = sums + shard * channels;
    if (span.first == rn_shard_get_span(t, shard).first) memset(own, 0, channels * sizeof *own);
    return own;
}

/* Adds to the sums of a batch norm inside a block, from dy of its activation. */
static void sum_inner(rn_training *t, size_t row, size_t shard, rn_span span, const float *dy)
{
    const rn_train_conv *conv = &t->convs[row];
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[row]);
    rn_batchnorm_backward_sums(&shape, dy + offset, conv->z + offset, conv->scale, conv->shift,
                               conv->mean, start_sums(t, row, shard, span, conv->shard_sum_g),
                               start_sums(t, row, shard, span, conv->shard_sum_gz));
}

/* Whether the convolution's input is an activation inside the block, with sums to collect. */
static bool follows_activation(size_t row)
{
    return RN_ARCH_CONVS[row].role == RN_ROLE_SPATIAL || RN_ARCH_CONVS[row].role == RN_ROLE_EXPAND;
}

static rn_batchnorm_branch make_branch(rn_training *t, size_t row, size_t shard, rn_span span)
{
    const rn_train_conv *conv = &t->convs[row];
    const rn_map *map = &t->geometry.out[row];
    return (rn_batchnorm_branch){.z = conv->z + rn_span_offset(span, map),
                                 .mean = conv->mean,
                                 .sum_gz = start_sums(t, row, shard, span, conv->shard_sum_gz)};
}

/* At the end of block `index`: g (for the whole batch, like `other`, which may be NULL) becomes the
 * gradient before the block's last ReLU, which both branches share. */
static void meet_residual(rn_training *t, size_t index, size_t shard, rn_span span, float *g,
                          const float *other)
{
    const rn_arch_block block = rn_arch_get_block(index);
    const rn_batchnorm_shape shape = rn_statistics_shape(t, block.expand, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[block.expand]);
    double *sum_g = start_sums(t, block.expand, shard, span, t->convs[block.expand].shard_sum_g);
    rn_batchnorm_branch branches[2] = {make_branch(t, block.expand, shard, span)};
    if (block.has_shortcut) branches[1] = make_branch(t, block.shortcut, shard, span);
    rn_batchnorm_backward_residual(&shape, g + offset, other ? other + offset : NULL,
                                   t->block_out[index] + offset, sum_g, branches,
                                   block.has_shortcut ? 2 : 1);
    if (!block.has_shortcut) return;
    double *shortcut_sum = t->convs[block.shortcut].shard_sum_g + shard * shape.channels;
    memcpy(shortcut_sum, sum_g, shape.channels * sizeof *sum_g);
}

/* One convolution's way back on one shard. */
typedef struct backward_pass {
    size_t index; /* of the block */
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
    return t->d_map && t->learning.tap == index;
}

/* The gradient g of those images' maps before block `index`, to the host of the tap. */
static void leave_tap(const rn_training *t, size_t index, rn_span span, const float *g)
{
    const rn_map *map = rn_geometry_after_blocks(&t->geometry, index);
    const rn_activation_shape shape = {map->channels, map->h * map->w,
                                       rn_engine_get_channel_block(t->engine)};
    for (rn_span one = {span.first, 1}; one.first < span.first + span.n; one.first++)
        rn_activation_to_plain(&shape, g + rn_span_offset(one, map),
                               t->d_map + rn_span_offset(one, map));
}

/* The gradient of a block's input comes from its convolutions, which is in dx, and its other branch:
 * they are summed where it is wanted as it is, else on the way through the ReLU before. */
static void leave_block(rn_training *t, const backward_pass *pass, rn_span span)
{
    const rn_map *map = &t->geometry.in[pass->row];
    const bool is_first = pass->index == t->learning.first_block;
    const float *other = t->trunk[rn_arch_get_block(pass->index).has_shortcut ? 2 : 0];
    if (is_first || is_tap(t, pass->index)) {
        add(pass->dx + rn_span_offset(span, map), other + rn_span_offset(span, map),
            span.n * rn_map_count(map));
        other = NULL;
    }
    if (is_tap(t, pass->index)) leave_tap(t, pass->index, span, pass->dx);
    if (!is_first) meet_residual(t, pass->index - 1, pass->shard, span, pass->dx, other);
}

/* dx of one call, and while it is in the cache what the batch norm before needs of it; an
 * activation inside the block goes to y, for the weights' gradient. */
static resnet_status backward_call(rn_training *t, const backward_pass *pass, rn_span span,
                                   const float *dz, float *y)
{
    resnet_status status = RESNET_OK;
    const size_t row = pass->row;
    const rn_shard_plan *plan = t->shard_plans[pass->shard];
    if (pass->dx && plan->backward_data[row])
        RN_TRY(rn_conv_backward_data(plan->backward_data[row], pass->worker,
                                     pass->dx + rn_span_offset(span, &t->geometry.in[row]), dz,
                                     t->convs[row].packed_backward[plan->winograd[row]],
                                     t->workers[pass->worker].scratch));
    if (follows_activation(row)) {
        rn_suffix_activate(t, row - 1, span, y);
        sum_inner(t, row - 1, pass->shard, span, pass->dx);
    } else if (RN_ARCH_CONVS[row].role == RN_ROLE_REDUCE && plan->backward_data[row]) {
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
    const rn_shard_plan *plan = t->shard_plans[pass->shard];
    const rn_train_worker *own = &t->workers[pass->worker];
    const size_t first = rn_shard_get_span(t, pass->shard).first;
    for (size_t k = 0; k < rn_shard_count_calls(t, row, pass->shard); k++) {
        const rn_span span = rn_shard_get_call(t, row, pass->shard, k);
        const rn_span within = {span.first - first, span.n};
        float *dz = own->dz + rn_span_offset(within, &t->geometry.out[row]);
        float *y = own->y + rn_span_offset(within, &t->geometry.in[row]);
        backward_batchnorm(t, row, span, pass->dy, dz);
        RN_TRY(backward_call(t, pass, span, dz, y));
    }
    if (plan->backward_weights[row])
        status = rn_conv_backward_weights(plan->backward_weights[row], pass->worker,
                                          rn_gradients_get_shard(t, row, pass->shard),
                                          pass->x ? pass->x : own->y, own->dz, own->scratch);
done:
    return status;
}

static resnet_status leave_head(rn_training *t, size_t index, size_t shard, size_t worker)
{
    (void)worker;
    const size_t row = rn_arch_get_block(index).expand;
    const rn_span span = rn_shard_get_span(t, shard);
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    const size_t offset = rn_span_offset(span, &t->geometry.out[row]);
    rn_global_pool_backward(&shape, t->net->settings.max_pooling,
                            rn_suffix_get_input(t, index + 1, span),
                            t->d_embedding + span.first * shape.channels, t->trunk[0] + offset);
    if (is_tap(t, index + 1)) leave_tap(t, index + 1, span, t->trunk[0]);
    if (index >= t->learning.first_block) meet_residual(t, index, shard, span, t->trunk[0], NULL);
    return RESNET_OK;
}

static resnet_status backward_expand(rn_training *t, size_t index, size_t shard, size_t worker)
{
    resnet_status status;
    const rn_arch_block block = rn_arch_get_block(index);
    const float *input = rn_suffix_get_input(t, index, rn_shard_get_span(t, shard));
    const backward_pass shortcut = {index,       block.shortcut, shard,      worker,
                                    t->trunk[0], input,          t->trunk[2]};
    const backward_pass expand = {index,       block.expand, shard,      worker,
                                  t->trunk[0], NULL,         t->inner[0]};
    if (block.has_shortcut) RN_TRY(backward_conv(t, &shortcut));
    status = backward_conv(t, &expand);
done:
    return status;
}

static resnet_status backward_spatial(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const size_t row = rn_arch_get_block(index).spatial;
    const backward_pass spatial = {index, row, shard, worker, t->inner[0], NULL, t->inner[1]};
    return backward_conv(t, &spatial);
}

static resnet_status backward_reduce(rn_training *t, size_t index, size_t shard, size_t worker)
{
    const size_t row = rn_arch_get_block(index).reduce;
    const float *input = rn_suffix_get_input(t, index, rn_shard_get_span(t, shard));
    const backward_pass reduce = {index, row, shard, worker, t->inner[1], input, t->trunk[1]};
    return backward_conv(t, &reduce);
}

/* Through the stem's pool to its activation, in inner[0]. */
static resnet_status backward_pool(rn_training *t, size_t block, size_t shard, size_t worker)
{
    resnet_status status;
    (void)block;
    const rn_map *map = &t->geometry.stage[0];
    const rn_span span = rn_shard_get_span(t, shard);
    RN_TRY(rn_pooling_backward(t->shard_plans[shard]->pooling, worker,
                               t->inner[0] + rn_span_offset(span, &t->geometry.out[0]),
                               t->trunk[0] + rn_span_offset(span, map),
                               rn_suffix_get_winners(t, shard), t->workers[worker].scratch));
    sum_inner(t, 0, shard, span, t->inner[0]);
done:
    return status;
}

static resnet_status backward_stem(rn_training *t, size_t block, size_t shard, size_t worker)
{
    (void)block;
    const rn_span span = rn_shard_get_span(t, shard);
    const float *images = t->features + rn_span_offset(span, &t->geometry.in[0]);
    const backward_pass stem = {0, 0, shard, worker, t->inner[0], images, NULL};
    return backward_conv(t, &stem);
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
    for (size_t b = RN_ARCH_N_BLOCKS; b-- > first;) RN_TRY(backward_block(t, b));
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
