/* How requests move between the lists of a queue. SPDX-License-Identifier: MIT */
#include "core/clock.h"
#include "queue.h"

static void unlink_request(resnet_queue *queue, resnet_request *request)
{
    rn_request_list *list = &queue->lists[request->state];
    *(request->previous ? &request->previous->next : &list->first) = request->next;
    *(request->next ? &request->next->previous : &list->last) = request->previous;
    request->previous = request->next = NULL;
    list->n--;
}

static void append(rn_request_list *list, resnet_request *request)
{
    request->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = request;
    list->last = request;
    list->n++;
}

void rn_queue_wake(resnet_queue *queue, enum rn_request_state state)
{
    if (queue->is_closing) {
        pthread_cond_broadcast(&queue->to_decode);
        pthread_cond_signal(&queue->to_run);
        pthread_cond_signal(&queue->to_answer);
    }
    if (state == RN_REQUEST_WAITING) pthread_cond_signal(&queue->to_decode);
    if (state == RN_REQUEST_READY) pthread_cond_signal(&queue->to_run);
    if (state == RN_REQUEST_ENDED) pthread_cond_signal(&queue->to_answer);
}

/* The courier also keeps the time. */
static void note_deadline(resnet_queue *queue, const resnet_request *request)
{
    if (request->deadline >= queue->next_deadline) return;
    queue->next_deadline = request->deadline;
    pthread_cond_signal(&queue->to_answer);
}

void rn_queue_move(resnet_queue *queue, resnet_request *request, enum rn_request_state state)
{
    if (request->state != RN_REQUEST_NEW) unlink_request(queue, request);
    request->state = state;
    if (state != RN_REQUEST_NEW) append(&queue->lists[state], request);
    if (state == RN_REQUEST_READY) request->became_ready = rn_clock_now();
    if (state == RN_REQUEST_WAITING || state == RN_REQUEST_READY) note_deadline(queue, request);
    rn_queue_wake(queue, state);
}

size_t rn_queue_take_slot(resnet_queue *queue)
{
    return queue->free_slots[--queue->n_free_slots];
}

void rn_queue_give_slot(resnet_queue *queue, resnet_request *request)
{
    if (request->slot == RN_NO_SLOT) return;
    queue->free_slots[queue->n_free_slots++] = request->slot;
    request->slot = RN_NO_SLOT;
    pthread_cond_signal(&queue->to_decode);
}

void rn_queue_end(resnet_queue *queue, resnet_request *request, resnet_status status,
                  const char *message)
{
    rn_request_set_status(request, status, message);
    if (request->answer.batch_size == 0)
        request->answer.waited_us = (rn_clock_now() - request->submitted) / 1000;
    rn_queue_give_slot(queue, request);
    rn_queue_move(queue, request, RN_REQUEST_ENDED);
}

bool rn_queue_end_unwanted(resnet_queue *queue, resnet_request *request, uint64_t now)
{
    if (request->is_cancelled)
        rn_queue_end(queue, request, RESNET_E_CANCELLED, "the request was cancelled");
    else if (now >= request->deadline)
        rn_queue_end(queue, request, RESNET_E_TIMEOUT,
                     "the request's deadline passed before it was run");
    else
        return false;
    return true;
}

/* The earliest deadline of those that stay. */
static uint64_t end_late_of(resnet_queue *queue, enum rn_request_state state, uint64_t now)
{
    uint64_t earliest = RN_CLOCK_NEVER;
    for (resnet_request *at = queue->lists[state].first, *next; at; at = next) {
        next = at->next;
        if (!rn_queue_end_unwanted(queue, at, now) && at->deadline < earliest)
            earliest = at->deadline;
    }
    return earliest;
}

void rn_queue_end_late(resnet_queue *queue, uint64_t now)
{
    if (now < queue->next_deadline) return;
    const uint64_t waiting = end_late_of(queue, RN_REQUEST_WAITING, now);
    const uint64_t ready = end_late_of(queue, RN_REQUEST_READY, now);
    queue->next_deadline = waiting < ready ? waiting : ready;
}

/* Who has it in hand, a decoder or the runner, will see the mark. */
void rn_queue_cancel_request(resnet_queue *queue, resnet_request *request)
{
    if (request->state == RN_REQUEST_NEW || request->state == RN_REQUEST_ENDED) return;
    request->is_cancelled = true;
    if (request->state == RN_REQUEST_WAITING || request->state == RN_REQUEST_READY)
        rn_queue_end_unwanted(queue, request, 0);
}

void resnet_queue_cancel(resnet_queue *queue)
{
    if (!queue || rn_queue_check_process(queue) != RESNET_OK) return;
    pthread_mutex_lock(&queue->mutex);
    for (int state = RN_REQUEST_WAITING; state < RN_REQUEST_ENDED; state++)
        for (resnet_request *at = queue->lists[state].first, *next; at; at = next) {
            next = at->next;
            rn_queue_cancel_request(queue, at);
        }
    pthread_mutex_unlock(&queue->mutex);
}

bool rn_queue_is_drained(const resnet_queue *queue, enum rn_request_state state)
{
    if (!queue->is_closing || queue->n_coming > 0) return false;
    for (int before = RN_REQUEST_WAITING; before <= (int)state; before++)
        if (queue->lists[before].n > 0) return false;
    return true;
}
