/* SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "core/mem.h"

#include <string.h>

#define PREFIX_PLANS 4

static resnet_status create_engine(void *context, size_t task, size_t worker)
{
    rn_training *t = context;
    (void)task, (void)worker;
    return rn_engine_create(&t->engine, rn_pool_get_n_threads(t->pool));
}

/* The first block with a convolution that learns, or behind the tap; frozen ones behind it stay in
 * the learning part. */
static void find_learning(rn_training *t)
{
    rn_learning *l = &t->learning;
    const rn_arch *arch = t->net->arch;
    size_t first = 0; /* that learns */
    while (first < arch->n_convs && l->frozen[first]) first++;
    l->stem = first == 0;
    l->first_block = first < arch->n_convs ? arch->convs[first].index : arch->n_blocks;
    l->has_tap = t->settings.has_tap;
    l->tap = t->settings.tap;
    if (!l->stem && l->has_tap && l->tap < l->first_block) l->first_block = l->tap;
    l->has_maps = l->first_block < arch->n_blocks || l->has_tap;
    l->first_conv = l->stem ? 0 : rn_arch_count_convs(arch, l->first_block);
}

resnet_status rn_training_create(rn_training **out, rn_net *net, rn_pool *pool,
                                 const rn_training_settings *settings)
{
    resnet_status status;
    rn_training *t = rn_calloc(1, sizeof *t);
    if (!t) return RESNET_E_NOMEM;
    t->net = net;
    t->pool = pool;
    t->settings = *settings;
    if (t->settings.n_shards == 0) t->settings.n_shards = 1;
    if (t->settings.n_shards > RN_MAX_SHARDS) t->settings.n_shards = RN_MAX_SHARDS;
    RN_TRY(rn_memory_for_learnt(t));
    find_learning(t);
    RN_TRY(rn_pool_run(pool, 1, create_engine, t));
    *out = t;
    return RESNET_OK;
done:
    rn_training_free(t);
    return status;
}

/* Everything that was made for one size of images. */
static void forget_size(rn_training *t)
{
    for (size_t i = 0; i < RN_N_SHARD_PLANS; i++) {
        rn_shard_plan_free(t->plans[i]);
        t->plans[i] = NULL;
    }
    rn_memory_free_size(t);
    rn_geometry_clear(&t->geometry);
    t->height = t->width = 0;
}

void rn_training_free(rn_training *t)
{
    if (!t) return;
    forget_size(t);
    rn_inference_free(t->prefix);
    rn_engine_free(t->engine);
    rn_arena_clear(&t->learnt.arena);
    rn_free(t);
}

float *rn_training_gradient_of(const rn_training *t, size_t param)
{
    const size_t index = t->learnt.index[param];
    return index < t->net->n_params ? t->learnt.params[index].gradient : NULL;
}

const bool *rn_training_get_frozen(const rn_training *t)
{
    return t->learning.frozen;
}

const rn_learning_param *rn_training_get_params(const rn_training *t, size_t *out_count)
{
    *out_count = t->learnt.n_params;
    return t->learnt.params;
}

void rn_training_values_changed(rn_training *t)
{
    t->net->generation++;
    t->weights.are_packed = t->batch.is_forward_done = false;
}

static rn_tap find_prefix_end(const rn_training *t)
{
    return (rn_tap){t->learning.has_maps ? RN_TAP_MAP : RN_TAP_EMBEDDING, t->learning.first_block};
}

size_t rn_training_count_features(const rn_training *t, size_t height, size_t width)
{
    if (t->learning.stem) return 3 * height * width;
    if (!t->learning.has_maps) return t->net->arch->n_features;
    const rn_map map =
        rn_geometry_find_map(&t->net->settings, height, width, t->learning.first_block);
    return rn_map_count(&map);
}

/* The prefix is frozen, so its folded weights outlive every step; only its idea of the model's age
 * has to keep up. */
static resnet_status get_prefix(rn_training *t)
{
    if (t->prefix) {
        rn_inference_accept_changes(t->prefix);
        return RESNET_OK;
    }
    const rn_inference_settings settings = {.winograd = t->settings.winograd,
                                            .max_plans = PREFIX_PLANS,
                                            .blocked_maps = true,
                                            .whole = true};
    return rn_inference_create(&t->prefix, t->net, t->pool, &settings);
}

resnet_status rn_training_run_prefix(rn_training *t, const float *images_nchw, size_t n,
                                     size_t height, size_t width, float *features)
{
    resnet_status status;
    RN_TRY(get_prefix(t));
    status =
        rn_inference_run(t->prefix, images_nchw, n, height, width, find_prefix_end(t), features);
done:
    return status;
}

typedef struct phase_job {
    rn_training *t;
    rn_shard_task task;
    size_t row;
} phase_job;

/* The shards' tasks first, then the sums of what the phase before left. */
static resnet_status run_phase_task(void *context, size_t task, size_t worker)
{
    const phase_job *job = context;
    if (task < job->t->batch.shards.count) return job->task(job->t, job->row, task, worker);
    rn_gradients_sum(job->t, task - job->t->batch.shards.count);
    return RESNET_OK;
}

resnet_status rn_training_run_phase(rn_training *t, rn_shard_task task, size_t row)
{
    phase_job job = {t, task, row};
    const resnet_status status = rn_pool_run(
        t->pool, t->batch.shards.count + rn_gradients_count_sums(t), run_phase_task, &job);
    t->batch.pending = t->batch.producing;
    t->batch.producing.n_convs = 0;
    return status;
}

static resnet_status get_plan(rn_training *t, size_t n, const rn_shard_plan **out, bool *created)
{
    rn_shard_plan *plan = NULL;
    size_t i = 0;
    while (i < RN_N_SHARD_PLANS - 1 && t->plans[i] && t->plans[i]->n != n) i++;
    if (t->plans[i] && t->plans[i]->n == n) {
        plan = t->plans[i];
    } else {
        const rn_shard_plan_settings settings = {
            t->engine,    &t->geometry,         &t->net->settings,
            &t->learning, t->settings.winograd, t->weights.layouts};
        const resnet_status status = rn_shard_plan_create(&plan, t->pool, &settings, n);
        if (status != RESNET_OK) return status;
        rn_shard_plan_free(t->plans[i]);
        *created = true;
    }
    for (; i > 0; i--) t->plans[i] = t->plans[i - 1];
    t->plans[0] = plan;
    *out = plan;
    return RESNET_OK;
}

/* The primitives for every shard of this batch, and the memory they work in. */
static resnet_status plan_shards(rn_training *t)
{
    resnet_status status = RESNET_OK;
    bool created = false;
    size_t scratch_size = 1, most = 0;
    for (size_t s = 0; s < t->batch.shards.count; s++) {
        const size_t n = rn_shard_get_span(t, s).n;
        RN_TRY(get_plan(t, n, &t->batch.shard_plans[s], &created));
        if (t->batch.shard_plans[s]->scratch_size > scratch_size)
            scratch_size = t->batch.shard_plans[s]->scratch_size;
        if (n > most) most = n;
    }
    if (created) RN_TRY(rn_memory_for_weights(t));
    status = rn_memory_for_workers(t, most, scratch_size);
done:
    return status;
}

static resnet_status prepare(rn_training *t, size_t n, size_t height, size_t width)
{
    resnet_status status = RESNET_OK;
    if (height != t->height || width != t->width) {
        forget_size(t);
        RN_TRY(rn_geometry_init(&t->geometry, &t->net->settings, height, width));
        t->height = height;
        t->width = width;
    }
    t->batch.shards = rn_shards_cut(n, t->settings.n_shards);
    t->batch.pending.n_convs = t->batch.producing.n_convs = 0;
    t->batch.is_forward_done = false;
    if (t->learning.has_maps)
        RN_TRY(plan_shards(t));
    else
        RN_TRY(rn_memory_for_workers(t, 0, 0));
    status = rn_memory_for_images(t, n);
done:
    if (status != RESNET_OK) forget_size(t); /* nothing half-made stays */
    return status;
}

/* `drops` as rn_training_run(); else in evaluation mode. */
static resnet_status forward(rn_training *t, const float *features, bool drops)
{
    resnet_status status;
    t->batch.features = features;
    t->batch.is_evaluating = !drops;
    if (t->learning.has_maps) {
        RN_TRY(rn_gradients_pack_weights(t));
        RN_TRY(rn_suffix_forward(t));
    }
    status = rn_head_forward(t);
    t->batch.is_forward_done = status == RESNET_OK;
done:
    return status;
}

/* From the gradient that lies at rn_head_get_d_logits(). */
static resnet_status backward(rn_training *t, bool accumulate, float *d_map)
{
    resnet_status status;
    t->batch.accumulate = accumulate;
    t->batch.d_map = d_map;
    status = rn_head_backward(t);
    if (status != RESNET_OK || !t->learning.has_maps) return status;
    RN_TRY(rn_suffix_backward(t));
    status = rn_gradients_unpack(t);
done:
    return status;
}

resnet_status rn_training_run(rn_training *t, const float *features, size_t n, size_t height,
                              size_t width, const rn_target *target, uint64_t step, bool accumulate,
                              rn_step_result *out)
{
    resnet_status status;
    RN_TRY(prepare(t, n, height, width));
    t->batch.step = step;
    RN_TRY(forward(t, features, true));
    RN_TRY(rn_head_measure(t, target, out));
    status = backward(t, accumulate, NULL);
done:
    return status;
}

/* Whether every batch norm computes what it would in evaluation. */
static bool keeps_all_statistics(const rn_training *t)
{
    for (size_t row = t->learning.first_conv; row < t->net->arch->n_convs; row++)
        if (!rn_statistics_are_kept(t, row)) return false;
    return true;
}

resnet_status rn_training_evaluate(float *out_logits, rn_training *t, const float *features,
                                   size_t n, size_t height, size_t width)
{
    resnet_status status;
    if (!keeps_all_statistics(t))
        return rn_fail(RESNET_E_STATE, "batch norms run on the batch's statistics");
    RN_TRY(prepare(t, n, height, width));
    RN_TRY(forward(t, features, false));
    memcpy(out_logits, rn_head_get_logits(t), n * t->net->settings.n_classes * sizeof *out_logits);
done:
    return status;
}

resnet_status rn_training_backward(rn_training *t, const float *d_logits, float *d_map)
{
    if (!t->batch.is_forward_done) return rn_fail(RESNET_E_STATE, "there was no forward pass");
    if (d_map && !t->learning.has_tap) return rn_fail(RESNET_E_STATE, "there is no tap");
    memcpy(rn_head_get_d_logits(t), d_logits,
           t->batch.shards.n * t->net->settings.n_classes * sizeof *d_logits);
    return backward(t, false, d_map);
}
