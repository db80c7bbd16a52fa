/* From prepared pictures to values, a batch at a time. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/clock.h"
#include "queue.h"
#include "session_input.h"

#include <string.h>

/* When what is ready is to be run, full or not: at once when nothing can join it any more. */
static uint64_t get_due_time(const resnet_queue *queue)
{
    const rn_request_list *ready = &queue->lists[RN_REQUEST_READY];
    if (ready->n == 0) return RN_CLOCK_NEVER;
    if (ready->n >= queue->options.max_batch) return 0;
    if (rn_queue_is_drained(queue, RN_REQUEST_DECODING)) return 0;
    return rn_clock_add_us(ready->first->became_ready, queue->options.max_delay_us);
}

static size_t collect(resnet_queue *queue, uint64_t now)
{
    size_t n = 0;
    resnet_request *first;
    while (n < queue->options.max_batch && (first = queue->lists[RN_REQUEST_READY].first)) {
        if (rn_queue_end_unwanted(queue, first, now)) continue;
        first->answer.waited_us = (now - first->submitted) / 1000;
        rn_queue_move(queue, first, RN_REQUEST_RUNNING);
        queue->batch[n++] = first;
    }
    return n;
}

/* Waits for a batch; 0 when there will be no more. */
static size_t take(resnet_queue *queue)
{
    for (;;) {
        const uint64_t now = rn_clock_now(), due = get_due_time(queue);
        if (now >= due) {
            const size_t n = collect(queue, now);
            if (n > 0) return n;
            continue;
        }
        if (rn_queue_is_drained(queue, RN_REQUEST_READY)) return 0;
        rn_clock_wait(&queue->to_run, &queue->mutex, due);
    }
}

/* The session's own threads fetch the inputs, so that slots are free while the network runs. */
static resnet_status fetch_input(const rn_session_input *input, rn_preparer *preparer,
                                 const resnet_recipe *recipe, size_t i, float *out_chw)
{
    resnet_queue *queue = input->context;
    resnet_request *request = queue->batch[i];
    (void)preparer, (void)recipe;
    memcpy(out_chw, queue->inputs + request->slot * queue->input_count,
           queue->input_count * sizeof *out_chw);
    pthread_mutex_lock(&queue->mutex);
    rn_queue_give_slot(queue, request);
    pthread_mutex_unlock(&queue->mutex);
    return RESNET_OK;
}

static resnet_status run(resnet_queue *queue, size_t n)
{
    const rn_session_input input = {.n = n, .prepare = fetch_input, .context = queue};
    const int32_t output = queue->options.output == RESNET_OUTPUT_EMBEDDINGS
                               ? RESNET_OUTPUT_EMBEDDINGS
                               : RESNET_OUTPUT_LOGITS; /* the courier makes the rest of them */
    if (memcmp(&queue->recipe, &queue->model->recipe, sizeof queue->recipe) != 0)
        return rn_fail(RESNET_E_STATE, "the model's recipe has changed since this queue was made");
    return rn_session_run(queue->session, &input, queue->outputs, n * queue->n_values, output);
}

/* Nobody else has these requests in hand. */
static void write_answers(resnet_queue *queue, size_t n, uint64_t start)
{
    const uint64_t ran_us = (rn_clock_now() - start) / 1000;
    for (size_t i = 0; i < n; i++) {
        resnet_request *request = queue->batch[i];
        request->answer.batch_size = (uint32_t)n;
        request->answer.ran_us = ran_us;
        memcpy(request->values, queue->outputs + i * queue->n_values,
               queue->n_values * sizeof *request->values);
    }
}

static void end_batch(resnet_queue *queue, size_t n, resnet_status status)
{
    queue->stats.n_batches++;
    queue->stats.n_images += n;
    for (size_t i = 0; i < n; i++)
        if (!rn_queue_end_unwanted(queue, queue->batch[i], 0))
            rn_queue_end(queue, queue->batch[i], status,
                         status == RESNET_OK ? "" : resnet_last_error());
}

void *rn_queue_run(void *context)
{
    resnet_queue *queue = context;
    size_t n;
    rn_arithmetic_start_thread();
    pthread_mutex_lock(&queue->mutex);
    while ((n = take(queue)) > 0) {
        pthread_mutex_unlock(&queue->mutex);
        const uint64_t start = rn_clock_now();
        const resnet_status status = run(queue, n);
        write_answers(queue, n, start);
        pthread_mutex_lock(&queue->mutex);
        end_batch(queue, n, status);
    }
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}
