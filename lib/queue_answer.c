/* The courier: tells who waits, calls back, and keeps the time of deadlines, all beside the
 * network. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/clock.h"
#include "net/loss.h"
#include "queue.h"

static _Thread_local const resnet_queue *served; /* by this thread */

bool rn_queue_is_courier(const resnet_queue *queue)
{
    return served == queue;
}

static void count(resnet_queue_stats *stats, resnet_status status)
{
    stats->n_open--;
    switch (status) {
    case RESNET_OK:
        stats->n_answered++;
        break;
    case RESNET_E_CANCELLED:
        stats->n_cancelled++;
        break;
    case RESNET_E_TIMEOUT:
        stats->n_late++;
        break;
    default:
        stats->n_failed++;
        break;
    }
}

/* Waits for a request that has ended; NULL when there will be no more. There is room for another
 * one before it is told, so that who hears of it may submit at once. */
static resnet_request *take(resnet_queue *queue)
{
    for (;;) {
        rn_queue_end_late(queue, rn_clock_now());
        resnet_request *first = queue->lists[RN_REQUEST_ENDED].first;
        if (first) {
            rn_queue_move(queue, first, RN_REQUEST_NEW);
            count(&queue->stats, first->answer.status);
            return first;
        }
        if (queue->is_closing && queue->stats.n_open == 0) return NULL;
        rn_clock_wait(&queue->to_answer, &queue->mutex, queue->next_deadline);
    }
}

/* From logits to all that an answer has. */
static void complete(resnet_queue *queue, resnet_request *request)
{
    float *values = request->values;
    if (queue->options.output == RESNET_OUTPUT_EMBEDDINGS) return;
    rn_session_rank(request->predictions, sizeof *request->predictions, queue->n_predictions,
                    queue->model, values, queue->best);
    if (queue->options.output == RESNET_OUTPUT_PROBABILITIES)
        rn_softmax(values, queue->n_values, values);
}

static void tell(resnet_queue *queue, resnet_request *request)
{
    rn_request_drop_picture(request);
    if (request->answer.status == RESNET_OK) complete(queue, request);
    rn_request_publish(request);
    if (request->on_answer) request->on_answer(request->user_data, request);
    rn_request_leave(request);
}

void *rn_queue_answer(void *context)
{
    resnet_queue *queue = context;
    resnet_request *request;
    served = queue;
    rn_arithmetic_start_thread();
    pthread_mutex_lock(&queue->mutex);
    while ((request = take(queue))) {
        pthread_mutex_unlock(&queue->mutex);
        tell(queue, request);
        pthread_mutex_lock(&queue->mutex);
    }
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}
