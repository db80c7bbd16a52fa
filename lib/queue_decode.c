/* From a picture of any kind to the network's input. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/clock.h"
#include "image/preparer.h"
#include "queue.h"

static resnet_status prepare(const resnet_queue *queue, rn_preparer *preparer,
                             const resnet_request *request)
{
    float *out_chw = queue->inputs + request->slot * queue->input_count;
    if (request->image) return rn_preparer_run(preparer, request->image, &queue->recipe, out_chw);
    if (request->path)
        return resnet_image_prepare_file(out_chw, queue->input_count, request->path, &queue->recipe,
                                         &queue->image);
    return resnet_image_prepare_bytes(out_chw, queue->input_count, request->bytes,
                                      request->bytes_size, &queue->recipe, &queue->image);
}

/* Waits for a picture and a slot; NULL when there will be no more. */
static resnet_request *take(resnet_queue *queue)
{
    for (;;) {
        resnet_request *first = queue->lists[RN_REQUEST_WAITING].first;
        if (first && rn_queue_end_unwanted(queue, first, rn_clock_now())) continue;
        if (first && queue->n_free_slots > 0) {
            first->slot = rn_queue_take_slot(queue);
            rn_queue_move(queue, first, RN_REQUEST_DECODING);
            return first;
        }
        if (rn_queue_is_drained(queue, RN_REQUEST_WAITING)) return NULL;
        pthread_cond_wait(&queue->to_decode, &queue->mutex);
    }
}

static void note(resnet_queue *queue, resnet_request *request, resnet_status status)
{
    if (rn_queue_end_unwanted(queue, request, rn_clock_now())) return;
    if (status != RESNET_OK)
        rn_queue_end(queue, request, status, resnet_last_error());
    else
        rn_queue_move(queue, request, RN_REQUEST_READY);
}

void *rn_queue_decode(void *context)
{
    resnet_queue *queue = context;
    resnet_request *request;
    rn_preparer preparer = {.resizer = NULL};
    rn_arithmetic_start_thread();
    pthread_mutex_lock(&queue->mutex);
    while ((request = take(queue))) {
        pthread_mutex_unlock(&queue->mutex);
        const resnet_status status = prepare(queue, &preparer, request);
        rn_request_drop_picture(request);
        pthread_mutex_lock(&queue->mutex);
        note(queue, request, status);
    }
    pthread_mutex_unlock(&queue->mutex);
    rn_preparer_clear(&preparer);
    return NULL;
}
