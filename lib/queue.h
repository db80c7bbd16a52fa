/** What a queue is inside. A request passes from list to list: any thread puts it into WAITING, a
 *  decoder takes it through DECODING to READY, the runner through RUNNING to ENDED, where the
 *  courier finds it; cancels and deadlines are short cuts to ENDED. Functions below that name no
 *  thread are called with the mutex held. SPDX-License-Identifier: MIT */
#ifndef RN_QUEUE_H
#define RN_QUEUE_H

#include "request.h"
#include "session.h"

#include <sys/types.h>

typedef struct rn_request_list {
    resnet_request *first, *last;
    size_t n;
} rn_request_list;

struct resnet_queue {
    rn_users users; /* its owner, and every request */
    pid_t pid;
    resnet_model *model; /* held: it has the names of classes */
    resnet_recipe recipe;
    resnet_image_options image;
    resnet_queue_options options;
    size_t n_values, n_predictions; /* of an answer */
    size_t input_count;             /* floats of a prepared picture */

    resnet_session *session; /* these are freed with the owner */
    float *inputs;           /* [n_slots][input_count] */
    float *outputs;          /* [max_batch][n_values] */
    int32_t *best;           /* [n_classes] */
    resnet_request **batch;  /* [max_batch] */
    size_t *free_slots;      /* [n_slots] */
    size_t n_slots;
    pthread_t *decoders;
    size_t n_decoders; /* started */
    pthread_t runner, courier;
    bool has_runner, has_courier;

    pthread_mutex_t mutex; /* guards what follows, and the requests' places */
    pthread_cond_t to_decode, to_run, to_answer;
    rn_request_list lists[RN_N_REQUEST_STATES];
    size_t n_free_slots;
    uint64_t next_deadline; /* none of those that wait or are ready is earlier */
    size_t n_coming;        /* places taken by requests that are not in a list yet */
    bool is_closing;
    resnet_queue_stats stats;
};

/** Lets go of the queue; the last one frees it. Without the mutex. */
void rn_queue_leave(resnet_queue *queue);
/** STATE after fork(). Without the mutex. */
resnet_status rn_queue_check_process(const resnet_queue *queue);
/** Whether this is the thread that calls back. Without the mutex. */
bool rn_queue_is_courier(const resnet_queue *queue);

/** Wakes who would take a request of that state; at the end all, to see whether there will be none.
 */
void rn_queue_wake(resnet_queue *queue, enum rn_request_state state);
/** Into the list of that state, behind the others, and wakes who takes it from there. */
void rn_queue_move(resnet_queue *queue, resnet_request *request, enum rn_request_state state);
/** That is its answer: its slot is free again, the courier tells it. */
void rn_queue_end(resnet_queue *queue, resnet_request *request, resnet_status status,
                  const char *message);
/** Ends it if it was cancelled or is late; whether it did. */
bool rn_queue_end_unwanted(resnet_queue *queue, resnet_request *request, uint64_t now);
/** Ends those that are late and waiting or ready. */
void rn_queue_end_late(resnet_queue *queue, uint64_t now);
void rn_queue_cancel_request(resnet_queue *queue, resnet_request *request);
size_t rn_queue_take_slot(resnet_queue *queue);
void rn_queue_give_slot(resnet_queue *queue, resnet_request *request);
/** Whether nothing is left, nor will be, before that state. */
bool rn_queue_is_drained(const resnet_queue *queue, enum rn_request_state state);

/** The three kinds of threads. */
void *rn_queue_decode(void *queue);
void *rn_queue_run(void *queue);
void *rn_queue_answer(void *queue);

#endif
