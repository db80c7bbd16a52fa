/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "core/clock.h"
#include "core/mem.h"
#include "core/options.h"
#include "queue.h"

#include <stdio.h>

#define FIRST_SIZE 32        /* of the options in the first release */
#define FIRST_ANSWER_SIZE 64 /* of the answer */
#define FIRST_PREDICTION_SIZE 32

RN_ASSERT_ABI(resnet_request_options, 32);
RN_ASSERT_ABI(resnet_answer, 64);

static const resnet_request_options DEFAULTS = {.struct_size = sizeof(resnet_request_options),
                                                .timeout_us = RESNET_FOREVER};

resnet_status resnet_request_options_init(resnet_request_options *options, size_t size)
{
    return rn_options_write(options, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE,
                            "resnet_request_options");
}

static resnet_request *make(resnet_queue *queue)
{
    resnet_request *request = rn_calloc(1, sizeof *request);
    if (!request) return NULL;
    request->slot = RN_NO_SLOT;
    pthread_mutex_init(&request->mutex, NULL);
    rn_clock_init_cond(&request->answered);
    rn_users_add(&queue->users);
    request->queue = queue;
    return request;
}

resnet_status rn_request_create(resnet_request **out, resnet_queue *queue,
                                const resnet_request_options *theirs)
{
    resnet_status status;
    resnet_request_options o = DEFAULTS;
    resnet_request *request = NULL;
    RN_TRY(rn_options_read(&o, sizeof o, FIRST_SIZE, theirs, "resnet_request_options"));
    request = make(queue);
    if (!request) return RESNET_E_NOMEM;
    request->on_answer = o.on_answer;
    request->user_data = o.user_data;
    request->submitted = rn_clock_now();
    request->deadline = rn_clock_add_us(request->submitted, o.timeout_us);
    request->values = rn_alloc(queue->n_values, sizeof(float));
    request->predictions = rn_alloc(queue->n_predictions, sizeof(resnet_prediction));
    status = request->values && request->predictions ? RESNET_OK : RESNET_E_NOMEM;
    if (status != RESNET_OK) goto done;
    rn_users_add(&request->users); /* the queue */
    *out = request;
    return RESNET_OK;
done:
    if (request) rn_request_leave(request);
    return status;
}

void rn_request_drop_picture(resnet_request *request)
{
    resnet_image_free(request->image);
    rn_free(request->bytes);
    rn_free(request->path);
    request->image = NULL;
    request->bytes = NULL;
    request->path = NULL;
}

void rn_request_leave(resnet_request *request)
{
    if (!rn_users_leave(&request->users)) return;
    rn_request_drop_picture(request);
    rn_free(request->values);
    rn_free(request->predictions);
    pthread_cond_destroy(&request->answered);
    pthread_mutex_destroy(&request->mutex);
    rn_queue_leave(request->queue);
    rn_free(request);
}

void rn_request_set_status(resnet_request *request, resnet_status status, const char *message)
{
    request->answer.status = status;
    snprintf(request->message, sizeof request->message, "%s", message);
}

void rn_request_publish(resnet_request *request)
{
    resnet_answer *answer = &request->answer;
    answer->message = request->message;
    if (answer->status == RESNET_OK) {
        answer->values = request->values;
        answer->n_values = request->queue->n_values;
        answer->n_predictions = request->queue->n_predictions;
    }
    pthread_mutex_lock(&request->mutex);
    atomic_store(&request->is_answered, true);
    pthread_cond_broadcast(&request->answered);
    pthread_mutex_unlock(&request->mutex);
}

/* ---- who asks ---- */

static resnet_status get_status(const resnet_request *request)
{
    if (request->answer.status != RESNET_OK) rn_error_set_message(request->message);
    return request->answer.status;
}

static bool wait_until(resnet_request *request, uint64_t until)
{
    pthread_mutex_lock(&request->mutex);
    while (!atomic_load(&request->is_answered) && rn_clock_now() < until)
        rn_clock_wait(&request->answered, &request->mutex, until);
    pthread_mutex_unlock(&request->mutex);
    return atomic_load(&request->is_answered);
}

resnet_status resnet_request_wait(resnet_request *request, uint64_t timeout_us)
{
    resnet_status status;
    if (!request) return rn_fail(RESNET_E_INVALID, "resnet_request_wait: request is NULL");
    if (atomic_load(&request->is_answered)) return get_status(request);
    RN_TRY(rn_queue_check_process(request->queue));
    if (timeout_us > 0 && rn_queue_is_courier(request->queue))
        return rn_fail(RESNET_E_STATE, "a callback cannot wait for another answer of its queue");
    if (wait_until(request, rn_clock_add_us(rn_clock_now(), timeout_us)))
        return get_status(request);
    status = rn_fail(RESNET_E_BUSY, "no answer within %llu microseconds",
                     (unsigned long long)timeout_us);
done:
    return status;
}

static resnet_status check_answered(const resnet_request *request, const void *out)
{
    if (!request || !out) return rn_fail(RESNET_E_INVALID, "request or out: NULL");
    if (!atomic_load(&request->is_answered))
        return rn_fail(RESNET_E_BUSY, "the request has no answer yet");
    return RESNET_OK;
}

resnet_status resnet_request_copy_answer(resnet_answer *out, size_t size,
                                         const resnet_request *request)
{
    const resnet_status status = check_answered(request, out);
    if (status != RESNET_OK) return status;
    return rn_options_write(out, size, &request->answer, sizeof request->answer, FIRST_ANSWER_SIZE,
                            "resnet_answer");
}

resnet_status resnet_request_copy_predictions(resnet_prediction *out, size_t size, size_t k,
                                              const resnet_request *request)
{
    resnet_status status;
    char *at = (char *)out;
    RN_TRY(check_answered(request, out));
    RN_TRY(get_status(request));
    if (k < 1 || k > request->answer.n_predictions)
        return rn_fail(RESNET_E_INVALID, "k is %zu, not in [1, %llu]", k,
                       (unsigned long long)request->answer.n_predictions);
    for (size_t i = 0; i < k; i++, at += size)
        RN_TRY(rn_options_write(at, size, &request->predictions[i], sizeof *request->predictions,
                                FIRST_PREDICTION_SIZE, "resnet_prediction"));
done:
    return status;
}

void resnet_request_cancel(resnet_request *request)
{
    if (!request || atomic_load(&request->is_answered)) return;
    resnet_queue *queue = request->queue;
    if (rn_queue_check_process(queue) != RESNET_OK) return;
    pthread_mutex_lock(&queue->mutex);
    rn_queue_cancel_request(queue, request);
    pthread_mutex_unlock(&queue->mutex);
}

void resnet_request_free(resnet_request *request)
{
    if (!request) return;
    if (!request->on_answer) resnet_request_cancel(request);
    rn_request_leave(request);
}
