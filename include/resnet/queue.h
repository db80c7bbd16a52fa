/** queue.h: pictures from any thread, answered in batches.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_queue *queue = NULL;
 *          resnet_request *request = NULL;
 *          resnet_prediction top;
 *          if (resnet_model_load(&model, "weights.h5", NULL) ||
 *              resnet_queue_create(&queue, model, NULL) ||
 *              resnet_queue_submit_file(&request, queue, "cat.jpg", NULL) ||
 *              resnet_request_wait(request, RESNET_FOREVER) ||
 *              resnet_request_copy_predictions(&top, sizeof top, 1, request))
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          printf("%s %.1f %%\n", top.name, 100 * top.probability);
 *          resnet_request_free(request);
 *          resnet_queue_free(queue);
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  Pictures are decoded by threads of their own while the network runs.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_QUEUE_H
#define RESNET_QUEUE_H

#include <resnet/error.h>
#include <resnet/export.h>
#include <resnet/image.h>
#include <resnet/model.h>
#include <resnet/session.h>

RESNET_BEGIN_DECLS

/** A session that any thread may hand pictures to, which it joins into batches. It holds on to the
 *  model, which may be freed before it and must not be changed meanwhile. Thread-safety: any-thread,
 *  except resnet_queue_free(). It does not survive fork(). Since: 0.1 */
typedef struct resnet_queue resnet_queue;

/** One picture that was accepted, and later its answer, which it keeps although the queue is freed.
 *  Thread-safety: any-thread, except resnet_request_free(). Since: 0.1 */
typedef struct resnet_request resnet_request;

/** A time that never passes. */
#define RESNET_FOREVER UINT64_MAX

/** Fill with resnet_queue_options_init(). Fields are only ever appended. */
typedef struct resnet_queue_options {
    uint64_t struct_size;  /**< bytes; written by init */
    uint64_t max_delay_us; /**< microseconds that a decoded picture may wait for others to fill its
                                batch while the network has nothing to do; 0: a batch is what is
                                ready when the network is free. Default 2000 */
    uint32_t max_batch;    /**< pictures run at once, 1 to 1024; default 32 */
    uint32_t capacity;     /**< requests accepted and not yet answered; one more is refused with
                                BUSY. max_batch to 1,000,000; default 256 */
    uint32_t n_decoders;   /**< threads that decode, at most 1024; 0 (default), since none cannot
                                work: as many as the session's */
    uint32_t top_k;        /**< predictions of each answer, as far as there are classes; none where
                                the output is embeddings. Default 5 */
    int32_t output;        /**< what an answer's values are: RESNET_OUTPUT_*; default
                                RESNET_OUTPUT_PROBABILITIES */
    uint32_t reserved;     /**< 0 */
    const resnet_session_options *session; /**< how the network runs; borrowed during the call only;
                                                NULL (default): as resnet_session_options_init() */
    const resnet_image_options *image; /**< how files are decoded; borrowed during the call only;
                                            NULL (default): as resnet_image_options_init() */
} resnet_queue_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options. INVALID.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_queue_options_init(resnet_queue_options *options,
                                                                    size_t size);

/** Makes the session, starts the threads that decode, run and answer, and takes the memory of its
 *  batches. Pictures go through the model's recipe as it is now. `options` may be NULL. The caller
 *  owns *out. INVALID, NOMEM, STATE (no head), BACKEND.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_queue_create(resnet_queue **out,
                                                              const resnet_model *model,
                                                              const resnet_queue_options *options);

/** Runs what was accepted, gives every answer, and frees the queue; after resnet_queue_cancel() that
 *  takes no longer than one batch. Nobody may submit any more, but callbacks, which are told STATE.
 *  In a callback of the queue itself it does nothing but leave a message. NULL is fine.
 *  Thread-safety: single-thread; requests may be waited for meanwhile.  Since: 0.1 */
RESNET_API void resnet_queue_free(resnet_queue *queue);

/** resnet_request_cancel() of all that was accepted so far; NULL is fine.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API void resnet_queue_cancel(resnet_queue *queue);

/** Hears that a request has its answer, a failure included: once for each request that was accepted,
 *  never for one that was not. `request` is valid during the call, longer for who holds its handle,
 *  and may be asked, but not freed here by who does not. Called on one thread of the queue's, one
 *  call at a time, also before the submitting call has returned; the network runs on meanwhile, but
 *  other answers wait. It may submit, cancel and free handles; it throws nothing.  Since: 0.1 */
typedef void (*resnet_answer_callback)(void *user_data, resnet_request *request);

/** Fill with resnet_request_options_init(). Fields are only ever appended. */
typedef struct resnet_request_options {
    uint64_t struct_size; /**< bytes; written by init */
    uint64_t timeout_us;  /**< microseconds from now; if its batch has not begun to run by then, it is
                               answered with TIMEOUT and not computed. Default RESNET_FOREVER */
    resnet_answer_callback on_answer; /**< NULL (default): none */
    void *user_data;                  /**< for on_answer */
} resnet_request_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options. INVALID.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_request_options_init(resnet_request_options *options, size_t size);

/** @name One picture into the queue
 *  None of them waits: BUSY at once when the queue is full. What is wrong with a picture is its
 *  answer's status, not theirs. *out is the caller's, who gives it to resnet_request_free(); `out`
 *  may be NULL where `options` has on_answer. `options` may be NULL.
 *  INVALID, NOMEM, BUSY, STATE (after fork, or the queue is being freed), UNSUPPORTED (more than the
 *  image options allow).  Thread-safety: any-thread.  Since: 0.1 @{ */
/** A decoded image, which it holds on to: the caller may free it. */
RESNET_API RESNET_NODISCARD resnet_status
resnet_queue_submit_image(resnet_request **out, resnet_queue *queue, const resnet_image *image,
                          const resnet_request_options *options);
/** A picture file in memory, copied. */
RESNET_API RESNET_NODISCARD resnet_status
resnet_queue_submit_bytes(resnet_request **out, resnet_queue *queue, const void *bytes,
                          size_t bytes_size, const resnet_request_options *options);
/** A picture file, read when it is its turn. */
RESNET_API RESNET_NODISCARD resnet_status
resnet_queue_submit_file(resnet_request **out, resnet_queue *queue, const char *path,
                         const resnet_request_options *options);
/** A frame of the host's own, copied: as resnet_image_from_pixels(). */
RESNET_API RESNET_NODISCARD resnet_status
resnet_queue_submit_frame(resnet_request **out, resnet_queue *queue, const void *pixels_hwc,
                          size_t width, size_t height, size_t stride, int32_t layout,
                          const resnet_request_options *options);
/** @} */

/** Waits until the request has its answer and returns the answer's status, with its message; BUSY
 *  when that takes longer than timeout_us microseconds (0 asks only; RESNET_FOREVER). An answer's
 *  own status is: OK; CANCELLED; TIMEOUT (its deadline); STATE (the model has changed); NOMEM,
 *  BACKEND; and whatever reading the picture gives. INVALID (NULL); STATE for what will never be
 *  answered, after fork, or could not be, in a callback.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_request_wait(resnet_request *request,
                                                              uint64_t timeout_us);

/** Asks for no answer any more: unless it has one, the request is answered with CANCELLED, at once
 *  or when the batch that it is in has run. NULL is fine.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API void resnet_request_cancel(resnet_request *request);

/** Lets go of the handle and of its answer; one without on_answer is cancelled first. NULL is fine.
 *  Thread-safety: any-thread, once; nobody may wait for it any more.  Since: 0.1 */
RESNET_API void resnet_request_free(resnet_request *request);

/** What came of a request. Grows at its end only. */
typedef struct resnet_answer {
    uint64_t struct_size;
    const float *values;    /**< [n_values], of the queue's output; NULL and 0 unless status is OK.
                                 The request's: valid until it is freed, in a callback without a
                                 handle until that returns */
    uint64_t n_values;
    uint64_t n_predictions; /**< that resnet_request_copy_predictions() has */
    const char *message;    /**< "", or what went wrong; the request's, likewise */
    uint64_t waited_us;     /**< from submission until its batch began to run, or it failed */
    uint64_t ran_us;        /**< what its batch took; 0 if it was in none */
    resnet_status status;   /**< as resnet_request_wait() */
    uint32_t batch_size;    /**< pictures that ran together; 0 if it was in none */
} resnet_answer;

/** Writes it to *out, never more than size bytes. Pass sizeof *out. INVALID, BUSY (no answer yet).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_request_copy_answer(resnet_answer *out, size_t size, const resnet_request *request);

/** The k most probable classes, the first the most probable: out [k] structs of `size` bytes each;
 *  pass sizeof *out. Names are valid until the request is freed. k is 1 to the answer's
 *  n_predictions. INVALID, BUSY (no answer yet), or the answer's own status if that is not OK.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_request_copy_predictions(
    resnet_prediction *out, size_t size, size_t k, const resnet_request *request);

/** What a queue has done so far. Each request accepted is counted once among the four endings. Grows
 *  at its end only. */
typedef struct resnet_queue_stats {
    uint64_t struct_size;
    uint64_t n_open;      /**< accepted and not yet answered, now */
    uint64_t n_accepted;
    uint64_t n_refused;   /**< BUSY */
    uint64_t n_answered;  /**< with OK */
    uint64_t n_failed;    /**< with another status than the next two */
    uint64_t n_cancelled;
    uint64_t n_late;      /**< TIMEOUT */
    uint64_t n_batches;   /**< run */
    uint64_t n_images;    /**< run in them */
} resnet_queue_stats;

/** Writes it to *out, never more than size bytes. Pass sizeof *out. INVALID, STATE (after fork).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_queue_copy_stats(resnet_queue_stats *out, size_t size, const resnet_queue *queue);

RESNET_END_DECLS

#endif
