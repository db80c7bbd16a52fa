/** One picture on its way through a queue, and its answer. SPDX-License-Identifier: MIT */
#ifndef RN_REQUEST_H
#define RN_REQUEST_H

#include "core/users.h"
#include "image/image.h"

#include <pthread.h>
#include <resnet/queue.h>

/** Where a request is; each is in the queue's list of that name until it is answered. */
enum rn_request_state {
    RN_REQUEST_NEW,      /* in no list yet, or no more */
    RN_REQUEST_WAITING,  /* to be decoded */
    RN_REQUEST_DECODING, /* by a decoder, into its slot */
    RN_REQUEST_READY,    /* to be run */
    RN_REQUEST_RUNNING,  /* in the batch at hand */
    RN_REQUEST_ENDED,    /* to be told */
    RN_N_REQUEST_STATES
};

#define RN_NO_SLOT SIZE_MAX
#define RN_REQUEST_MESSAGE_SIZE 1024

struct resnet_request {
    rn_users users;      /* whoever has the handle, and the queue until it has answered */
    resnet_queue *queue; /* held */

    /* The picture: one of the three, let go as soon as it is decoded. */
    resnet_image *image;
    void *bytes;
    size_t bytes_size;
    char *path;

    resnet_answer_callback on_answer; /* or NULL */
    void *user_data;
    uint64_t submitted, deadline; /* of rn_clock_now() */

    /* Guarded by the queue's mutex. */
    enum rn_request_state state;
    resnet_request *previous, *next;
    size_t slot; /* of the queue's inputs, or NO_SLOT */
    uint64_t became_ready;
    bool is_cancelled;

    /* Written by who has the request in hand, read by others once is_answered. */
    resnet_answer answer;
    char message[RN_REQUEST_MESSAGE_SIZE];
    float *values;                  /* [queue's n_values] */
    resnet_prediction *predictions; /* [queue's n_predictions], in the same block */
    pthread_mutex_t mutex;          /* of the next two */
    pthread_cond_t answered;
    atomic_bool is_answered;
};

/** One of two users: the caller of a submit function, and the queue. `theirs` may be NULL. */
resnet_status rn_request_create(resnet_request **out, resnet_queue *queue,
                                const resnet_request_options *theirs);
/** One of its users lets go. */
void rn_request_leave(resnet_request *request);
void rn_request_drop_picture(resnet_request *request);

/** What its answer is, but for numbers. */
void rn_request_set_status(resnet_request *request, resnet_status status, const char *message);
/** From now on it may be asked, and wakes who waits. */
void rn_request_publish(resnet_request *request);

#endif
