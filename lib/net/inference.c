/* A batch is cut into tasks of one to four images, each run by one thread; kernels compute an image
 * alike in all of them. A single image is cut into parts that threads share, whose kernels are made
 * for other shapes and sum up in another order. So the bits depend neither on the number of threads
 * nor on neighbours, but a single image's differ from those it has in a batch. SPDX-License-Identifier: MIT */
#include "net/inference.h"

#include "core/finite.h"
#include "core/mem.h"
#include "net/plan.h"

#include <math.h>
#include <stdatomic.h>

#define N_PARTS 4   /* of an image, when it is shared */
#define MIN_PLANS 2 /* a batch needs up to two: whole tasks and the rest */

struct rn_inference {
    const rn_net *net;
    rn_pool *pool;
    rn_engine *engine;
    rn_inference_settings settings;
    uint64_t generation;
    rn_plan **plans; /* most recently used first */
    size_t n_plans;
    size_t n_workers;
    float **activations; /* [n_workers] */
    size_t activation_count;
    void **scratch; /* [n_workers] */
    size_t scratch_size;
};

static size_t images_per_task(size_t n)
{
    return n >= 16 ? 4 : n >= 8 ? 2 : 1;
}

static resnet_status create_engine(void *context, size_t task, size_t worker)
{
    rn_inference *inference = context;
    (void)task, (void)worker;
    return rn_engine_create(&inference->engine, inference->n_workers);
}

resnet_status rn_inference_create(rn_inference **out, const rn_net *net, rn_pool *pool,
                                  const rn_inference_settings *settings)
{
    resnet_status status = RESNET_E_NOMEM;
    rn_inference *inference = rn_calloc(1, sizeof *inference);
    if (!inference) return RESNET_E_NOMEM;
    *inference = (rn_inference){.net = net,
                                .pool = pool,
                                .settings = *settings,
                                .generation = net->generation,
                                .n_workers = rn_pool_get_n_threads(pool)};
    if (inference->settings.max_plans < MIN_PLANS) inference->settings.max_plans = MIN_PLANS;
    inference->plans = rn_calloc(inference->settings.max_plans, sizeof(rn_plan *));
    inference->activations = rn_calloc(inference->n_workers, sizeof(float *));
    inference->scratch = rn_calloc(inference->n_workers, sizeof(void *));
    if (!inference->plans || !inference->activations || !inference->scratch) goto done;
    RN_TRY(rn_pool_run(pool, 1, create_engine, inference));
    *out = inference;
    return RESNET_OK;
done:
    rn_inference_free(inference);
    return status;
}

void rn_inference_free(rn_inference *inference)
{
    if (!inference) return;
    for (size_t i = 0; i < inference->n_plans; i++) rn_plan_free(inference->plans[i]);
    for (size_t w = 0; w < inference->n_workers; w++) {
        if (inference->activations) rn_free(inference->activations[w]);
        if (inference->scratch) rn_free(inference->scratch[w]);
    }
    rn_engine_free(inference->engine);
    rn_free(inference->plans);
    rn_free(inference->activations);
    rn_free(inference->scratch);
    rn_free(inference);
}

void rn_inference_accept_changes(rn_inference *inference)
{
    inference->generation = inference->net->generation;
}

/* Buffers of every worker, grown to `size` bytes; what was in them is not needed. */
static resnet_status grow(void **buffers, size_t n, size_t *old_size, size_t size)
{
    if (size <= *old_size) return RESNET_OK;
    *old_size = 0;
    for (size_t w = 0; w < n; w++) {
        rn_free(buffers[w]);
        buffers[w] = NULL;
    }
    for (size_t w = 0; w < n; w++)
        if (!(buffers[w] = rn_alloc(size, 1))) return RESNET_E_NOMEM;
    *old_size = size;
    return RESNET_OK;
}

static resnet_status grow_buffers(rn_inference *inference, const rn_plan *plan)
{
    resnet_status status;
    size_t bytes = inference->activation_count * sizeof(float);
    RN_TRY(grow((void **)inference->activations, inference->n_workers, &bytes,
                rn_plan_count_activations(plan) * sizeof(float)));
    RN_TRY(grow(inference->scratch, inference->n_workers, &inference->scratch_size,
                rn_plan_get_scratch_size(plan)));
done:
    inference->activation_count = bytes / sizeof(float);
    return status;
}

static bool same_key(const rn_plan_key *a, const rn_plan_key *b)
{
    return a->n == b->n && a->height == b->height && a->width == b->width &&
           a->n_parts == b->n_parts && a->dtype == b->dtype;
}

static void move_to_front(rn_inference *inference, size_t index)
{
    rn_plan *plan = inference->plans[index];
    for (; index > 0; index--) inference->plans[index] = inference->plans[index - 1];
    inference->plans[0] = plan;
}

static resnet_status get_plan(rn_inference *inference, const rn_plan_key *key, const rn_plan **out)
{
    resnet_status status;
    rn_plan *plan = NULL;
    for (size_t i = 0; i < inference->n_plans; i++)
        if (same_key(rn_plan_get_key(inference->plans[i]), key)) {
            move_to_front(inference, i);
            *out = inference->plans[0];
            return grow_buffers(inference, *out); /* lost when growing for another plan failed */
        }
    RN_TRY(rn_plan_create(&plan, inference->net, inference->engine, inference->pool, key,
                          inference->settings.winograd));
    RN_TRY(grow_buffers(inference, plan));
    if (inference->n_plans == inference->settings.max_plans)
        rn_plan_free(inference->plans[--inference->n_plans]);
    inference->plans[inference->n_plans++] = plan;
    move_to_front(inference, inference->n_plans - 1);
    *out = plan;
    return RESNET_OK;
done:
    rn_plan_free(plan);
    return status;
}

/* How a batch is cut. */
typedef struct cut {
    const rn_plan *whole, *rest; /* rest NULL when nothing is left over */
    size_t per_task, n_tasks;
    bool shared;
} cut;

static resnet_status cut_batch(rn_inference *inference, size_t n, size_t height, size_t width,
                               cut *out)
{
    resnet_status status;
    *out = (cut){.shared = n == 1 && !inference->settings.whole && !inference->settings.observer,
                 .per_task = images_per_task(n)};
    rn_plan_key key = {.n = out->per_task,
                       .height = height,
                       .width = width,
                       .n_parts = out->shared ? N_PARTS : 1,
                       .dtype = inference->settings.dtype};
    const size_t left = n % out->per_task;
    out->n_tasks = n / out->per_task + (left > 0);
    RN_TRY(get_plan(inference, &key, &out->whole));
    if (left == 0) return RESNET_OK;
    key.n = left;
    status = get_plan(inference, &key, &out->rest);
done:
    return status;
}

resnet_status rn_inference_prepare(rn_inference *inference, size_t n, size_t height, size_t width)
{
    cut unused;
    return cut_batch(inference, n, height, width, &unused);
}

size_t rn_inference_count_output(const rn_inference *inference, size_t height, size_t width,
                                 rn_tap tap, size_t shape_chw[3])
{
    size_t shape[3] = {inference->net->arch->n_features, 1, 1};
    if (tap.kind == RN_TAP_LOGITS) {
        shape[0] = inference->net->settings.n_classes;
    } else if (tap.kind == RN_TAP_MAP) {
        const rn_map map =
            rn_geometry_find_map(&inference->net->settings, height, width, tap.n_blocks);
        shape[0] = map.channels, shape[1] = map.h, shape[2] = map.w;
    }
    if (shape_chw)
        for (int d = 0; d < 3; d++) shape_chw[d] = shape[d];
    return shape[0] * shape[1] * shape[2];
}

typedef struct batch_job {
    rn_inference *inference;
    cut cut;
    const float *images;
    size_t n;
    size_t image_count, output_count; /* floats per image */
    rn_tap tap;
    float *out;
    size_t n_players;
    rn_barrier barrier;
    atomic_bool is_tainted; /* the shared image */
} batch_job;

static const float *get_image(const batch_job *job, size_t image)
{
    return job->images + image * job->image_count;
}

static rn_plan_run start_run(const batch_job *job, size_t image, size_t worker, size_t lane)
{
    return (rn_plan_run){.images_nchw = get_image(job, image),
                         .tap = job->tap,
                         .observer = job->inference->settings.observer,
                         .first_image = image,
                         .blocked_maps = job->inference->settings.blocked_maps,
                         .out = job->out + image * job->output_count,
                         .activations = job->inference->activations[lane],
                         .scratch = job->inference->scratch[worker],
                         .worker = worker,
                         .n_players = job->n_players,
                         .cancel = job->inference->settings.cancel};
}

/* A pixel that is not a finite number makes all of its image's output NaN, as it would without the
 * ReLUs of vector code (see fold.h). */
static void taint(const batch_job *job, size_t image)
{
    float *out = job->out + image * job->output_count;
    for (size_t i = 0; i < job->output_count; i++) out[i] = NAN;
}

/* Many images: each task is a shard, run alone. */
static resnet_status run_shard(void *context, size_t task, size_t worker)
{
    batch_job *job = context;
    const size_t first = task * job->cut.per_task;
    const bool is_rest = job->cut.rest && task + 1 == job->cut.n_tasks;
    const size_t end = is_rest ? job->n : first + job->cut.per_task;
    rn_barrier alone;
    rn_barrier_init(&alone, 1);
    rn_plan_run run = start_run(job, first, worker, worker);
    run.barrier = &alone;
    const resnet_status status = rn_plan_execute(is_rest ? job->cut.rest : job->cut.whole, &run);
    for (size_t i = first; i < end; i++)
        if (!rn_all_finite(get_image(job, i), job->image_count)) taint(job, i);
    return status;
}

/* Each player looks at its share of the pixels. */
static void look_at_pixels(batch_job *job, size_t player)
{
    const size_t start = player * job->image_count / job->n_players;
    const size_t end = (player + 1) * job->image_count / job->n_players;
    if (!rn_all_finite(job->images + start, end - start)) atomic_store(&job->is_tainted, true);
}

/* One image: each task is a player in it. */
static resnet_status run_player(void *context, size_t task, size_t worker)
{
    batch_job *job = context;
    rn_plan_run run = start_run(job, 0, worker, 0);
    run.player = task;
    run.barrier = &job->barrier;
    look_at_pixels(job, task);
    const resnet_status status = rn_plan_execute(job->cut.whole, &run);
    rn_barrier_wait(&job->barrier); /* others may still be writing their part of the output */
    if (task == 0 && atomic_load(&job->is_tainted)) taint(job, 0);
    return status;
}

resnet_status rn_inference_run(rn_inference *inference, const float *images_nchw, size_t n,
                               size_t height, size_t width, rn_tap tap, float *out)
{
    resnet_status status;
    if (inference->generation != inference->net->generation)
        return rn_fail(RESNET_E_STATE, "the model has changed since this session was created");
    batch_job job = {.inference = inference,
                     .images = images_nchw,
                     .n = n,
                     .image_count = 3 * height * width,
                     .output_count = rn_inference_count_output(inference, height, width, tap, NULL),
                     .tap = tap,
                     .out = out,
                     .n_players = 1};
    RN_TRY(cut_batch(inference, n, height, width, &job.cut));
    if (!job.cut.shared) return rn_pool_run(inference->pool, job.cut.n_tasks, run_shard, &job);
    if (rn_pool_is_concurrent(inference->pool))
        job.n_players = inference->n_workers < N_PARTS ? inference->n_workers : N_PARTS;
    rn_barrier_init(&job.barrier, job.n_players);
    status = rn_pool_run_pinned(inference->pool, job.n_players, run_player, &job);
done:
    return status;
}
