/* A queue's beginning and end. SPDX-License-Identifier: MIT */
#include "queue.h"

#include "core/arithmetic.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/thread.h"

#include <unistd.h>

#define FIRST_SIZE 56       /* of the options in the first release */
#define FIRST_STATS_SIZE 80 /* of the statistics */
#define MAX_BATCH 1024
#define MAX_CAPACITY 1000000
#define MAX_DECODERS 1024

RN_ASSERT_ABI(resnet_queue_options, 56);
RN_ASSERT_ABI(resnet_queue_stats, 80);

static const resnet_queue_options DEFAULTS = {.struct_size = sizeof(resnet_queue_options),
                                              .max_delay_us = 2000,
                                              .max_batch = 32,
                                              .capacity = 256,
                                              .top_k = 5,
                                              .output = RESNET_OUTPUT_PROBABILITIES};

resnet_status resnet_queue_options_init(resnet_queue_options *options, size_t size)
{
    return rn_options_write(options, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE,
                            "resnet_queue_options");
}

static resnet_status check_options(const resnet_queue_options *o)
{
    if (o->max_batch < 1 || o->max_batch > MAX_BATCH)
        return rn_fail(RESNET_E_INVALID, "max_batch is %u, not in [1, %d]", o->max_batch,
                       MAX_BATCH);
    if (o->capacity < o->max_batch || o->capacity > MAX_CAPACITY)
        return rn_fail(RESNET_E_INVALID, "capacity is %u, not in [max_batch, %d]", o->capacity,
                       MAX_CAPACITY);
    if (o->n_decoders > MAX_DECODERS)
        return rn_fail(RESNET_E_INVALID, "n_decoders is %u, above %d", o->n_decoders, MAX_DECODERS);
    if (o->output < RESNET_OUTPUT_LOGITS || o->output > RESNET_OUTPUT_EMBEDDINGS)
        return rn_fail(RESNET_E_INVALID, "output: %d is not a RESNET_OUTPUT_*", (int)o->output);
    if (o->reserved != 0) return rn_fail(RESNET_E_INVALID, "reserved must be 0");
    return RESNET_OK;
}

/* ---- beginning ---- */

static resnet_queue *make(const resnet_model *model, const resnet_queue_options *options)
{
    resnet_queue *queue = rn_calloc(1, sizeof *queue);
    if (!queue) return NULL;
    queue->pid = getpid();
    queue->model = rn_model_retain(model);
    queue->recipe = model->recipe;
    queue->options = *options;
    queue->options.session = NULL; /* these two are the caller's */
    queue->options.image = NULL;
    queue->stats.struct_size = sizeof queue->stats;
    queue->next_deadline = RN_CLOCK_NEVER;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->to_decode, NULL);
    rn_clock_init_cond(&queue->to_run);
    rn_clock_init_cond(&queue->to_answer);
    return queue;
}

/* A batch of the largest size and a single picture start without a delay. */
static resnet_status open_session(resnet_queue *queue, const resnet_session_options *options)
{
    resnet_status status;
    const size_t height = queue->recipe.crop_height, width = queue->recipe.crop_width;
    RN_TRY(resnet_session_create(&queue->session, queue->model, options));
    RN_TRY(resnet_session_prepare(queue->session, 1, height, width));
    RN_TRY(resnet_session_prepare(queue->session, queue->options.max_batch, height, width));
done:
    return status;
}

/* A slot for each picture of the next batch, and for each that is being decoded. */
static resnet_status take_memory(resnet_queue *queue)
{
    const size_t n_classes = resnet_model_get_n_classes(queue->model);
    const size_t max_batch = queue->options.max_batch;
    queue->n_slots = queue->n_free_slots = max_batch + queue->options.n_decoders;
    queue->inputs = rn_alloc(queue->n_slots, queue->input_count * sizeof(float));
    queue->outputs = rn_alloc(max_batch, queue->n_values * sizeof(float));
    queue->batch = rn_alloc(max_batch, sizeof(resnet_request *));
    queue->best = rn_alloc(n_classes, sizeof *queue->best);
    queue->free_slots = rn_alloc(queue->n_slots, sizeof *queue->free_slots);
    queue->decoders = rn_calloc(queue->options.n_decoders, sizeof *queue->decoders);
    if (!queue->inputs || !queue->outputs || !queue->batch || !queue->best || !queue->free_slots ||
        !queue->decoders)
        return RESNET_E_NOMEM;
    for (size_t i = 0; i < queue->n_slots; i++) queue->free_slots[i] = i;
    return RESNET_OK;
}

static resnet_status start_threads(resnet_queue *queue)
{
    queue->has_courier = rn_thread_start(&queue->courier, rn_queue_answer, queue);
    queue->has_runner = rn_thread_start(&queue->runner, rn_queue_run, queue);
    while (queue->n_decoders < queue->options.n_decoders &&
           rn_thread_start(&queue->decoders[queue->n_decoders], rn_queue_decode, queue))
        queue->n_decoders++;
    if (queue->has_courier && queue->has_runner && queue->n_decoders == queue->options.n_decoders)
        return RESNET_OK;
    return rn_fail(RESNET_E_NOMEM, "cannot start the %u threads of a queue",
                   queue->options.n_decoders + 2);
}

static resnet_status set_sizes(resnet_queue *queue)
{
    resnet_queue_options *o = &queue->options;
    const size_t n_classes = resnet_model_get_n_classes(queue->model);
    const bool embeds = o->output == RESNET_OUTPUT_EMBEDDINGS;
    if (!embeds) {
        const resnet_status status = rn_session_check_head(queue->session);
        if (status != RESNET_OK) return status;
    }
    if (o->n_decoders == 0) o->n_decoders = (uint32_t)resnet_session_get_n_threads(queue->session);
    queue->n_values = resnet_session_get_n_values(queue->session, o->output);
    queue->n_predictions = embeds ? 0 : o->top_k < n_classes ? o->top_k : n_classes;
    queue->input_count = (size_t)3 * queue->recipe.crop_height * queue->recipe.crop_width;
    return RESNET_OK;
}

resnet_status resnet_queue_create(resnet_queue **out, const resnet_model *model,
                                  const resnet_queue_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    resnet_queue_options o = DEFAULTS;
    resnet_queue *queue = NULL;
    if (!out || !model) return rn_fail(RESNET_E_INVALID, "resnet_queue_create: NULL argument");
    RN_TRY(rn_options_read(&o, sizeof o, FIRST_SIZE, options, "resnet_queue_options"));
    RN_TRY(check_options(&o));
    queue = make(model, &o);
    if (!queue) return RESNET_E_NOMEM;
    RN_TRY(rn_image_options_read(&queue->image, o.image));
    RN_TRY(open_session(queue, o.session));
    RN_TRY(set_sizes(queue));
    RN_TRY(take_memory(queue));
    RN_TRY(start_threads(queue));
    *out = queue;
    queue = NULL;
done:
    resnet_queue_free(queue);
    return status;
}

/* ---- end ---- */

static void drain(resnet_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->is_closing = true;
    pthread_cond_broadcast(&queue->to_decode);
    pthread_cond_signal(&queue->to_run);
    pthread_cond_signal(&queue->to_answer);
    pthread_mutex_unlock(&queue->mutex);
    for (size_t i = 0; i < queue->n_decoders; i++) pthread_join(queue->decoders[i], NULL);
    if (queue->has_runner) pthread_join(queue->runner, NULL);
    if (queue->has_courier) pthread_join(queue->courier, NULL);
}

void resnet_queue_free(resnet_queue *queue)
{
    if (!queue) return;
    if (rn_queue_is_courier(queue)) {
        rn_fail(RESNET_E_STATE, "a callback cannot free the queue that it is called by");
        return;
    }
    if (queue->pid == getpid()) drain(queue); /* after fork() there is nobody to wait for */
    resnet_session_free(queue->session);
    rn_free(queue->inputs);
    rn_free(queue->outputs);
    rn_free(queue->batch);
    rn_free(queue->best);
    rn_free(queue->free_slots);
    rn_free(queue->decoders);
    rn_queue_leave(queue);
}

void rn_queue_leave(resnet_queue *queue)
{
    if (!rn_users_leave(&queue->users)) return;
    if (queue->pid == getpid()) {
        pthread_cond_destroy(&queue->to_answer);
        pthread_cond_destroy(&queue->to_run);
        pthread_cond_destroy(&queue->to_decode);
        pthread_mutex_destroy(&queue->mutex);
    }
    resnet_model_free(queue->model);
    rn_free(queue);
}

resnet_status rn_queue_check_process(const resnet_queue *queue)
{
    if (queue->pid == getpid()) return RESNET_OK;
    return rn_fail(RESNET_E_STATE, "this queue was created before fork(); its threads live in the "
                                   "parent only");
}

resnet_status resnet_queue_copy_stats(resnet_queue_stats *out, size_t size,
                                      const resnet_queue *queue)
{
    resnet_status status;
    if (!out || !queue) return rn_fail(RESNET_E_INVALID, "resnet_queue_copy_stats: NULL argument");
    RN_TRY(rn_queue_check_process(queue));
    resnet_queue *locked = (resnet_queue *)queue; /* a lock is no part of what it is */
    pthread_mutex_lock(&locked->mutex);
    const resnet_queue_stats now = queue->stats;
    pthread_mutex_unlock(&locked->mutex);
    status = rn_options_write(out, size, &now, sizeof now, FIRST_STATS_SIZE, "resnet_queue_stats");
done:
    return status;
}
