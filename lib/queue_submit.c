/* What any thread does to a queue. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/mem.h"
#include "queue.h"

#include <string.h>

static resnet_status take_place(resnet_queue *queue)
{
    resnet_queue_stats *stats = &queue->stats;
    if (queue->is_closing) return rn_fail(RESNET_E_STATE, "the queue is being freed");
    if (stats->n_open >= queue->options.capacity) {
        stats->n_refused++;
        return rn_fail(RESNET_E_BUSY, "the queue is full: %u requests", queue->options.capacity);
    }
    stats->n_open++;
    queue->n_coming++;
    return RESNET_OK;
}

static void give_place_back(resnet_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->stats.n_open--;
    queue->n_coming--;
    rn_queue_wake(queue, RN_REQUEST_NEW);
    pthread_mutex_unlock(&queue->mutex);
}

/* A full queue refuses before anything is copied. */
static resnet_status begin(resnet_request **request, resnet_request **out, resnet_queue *queue,
                           const void *picture, const resnet_request_options *options)
{
    resnet_status status;
    if (!queue || !picture) return rn_fail(RESNET_E_INVALID, "queue or picture: NULL");
    RN_TRY(rn_queue_check_process(queue));
    pthread_mutex_lock(&queue->mutex);
    status = take_place(queue);
    pthread_mutex_unlock(&queue->mutex);
    if (status != RESNET_OK) return status;
    status = rn_request_create(request, queue, options);
    if (status == RESNET_OK && !out && !(*request)->on_answer)
        status = rn_fail(RESNET_E_INVALID, "neither out nor on_answer: nobody would hear of it");
    if (status != RESNET_OK && !*request) give_place_back(queue);
done:
    return status;
}

/* With its picture, or with what went wrong. */
static resnet_status finish(resnet_request *request, resnet_request **out, resnet_status status)
{
    if (!request) return status;
    resnet_queue *queue = request->queue;
    if (status != RESNET_OK) {
        give_place_back(queue);
        rn_request_leave(request); /* for the queue */
        rn_request_leave(request);
        return status;
    }
    if (out) *out = request; /* before anybody can hear of it */
    pthread_mutex_lock(&queue->mutex);
    queue->stats.n_accepted++;
    queue->n_coming--;
    rn_queue_move(queue, request, RN_REQUEST_WAITING);
    pthread_mutex_unlock(&queue->mutex);
    if (!out) rn_request_leave(request);
    return RESNET_OK;
}

resnet_status resnet_queue_submit_image(resnet_request **out, resnet_queue *queue,
                                        const resnet_image *image,
                                        const resnet_request_options *options)
{
    resnet_request *request = NULL;
    const resnet_status status = begin(&request, out, queue, image, options);
    if (status == RESNET_OK) request->image = rn_image_retain(image);
    return finish(request, out, status);
}

static resnet_status copy_bytes(resnet_request *request, const void *bytes, size_t size)
{
    const uint64_t most = request->queue->image.max_bytes;
    if (size > most)
        return rn_fail(RESNET_E_UNSUPPORTED, "%zu bytes, above the cap of %llu", size,
                       (unsigned long long)most);
    request->bytes = rn_alloc(size, 1);
    if (!request->bytes) return RESNET_E_NOMEM;
    if (size > 0) memcpy(request->bytes, bytes, size);
    request->bytes_size = size;
    return RESNET_OK;
}

resnet_status resnet_queue_submit_bytes(resnet_request **out, resnet_queue *queue,
                                        const void *bytes, size_t bytes_size,
                                        const resnet_request_options *options)
{
    resnet_request *request = NULL;
    resnet_status status = begin(&request, out, queue, bytes, options);
    if (status == RESNET_OK) status = copy_bytes(request, bytes, bytes_size);
    return finish(request, out, status);
}

resnet_status resnet_queue_submit_file(resnet_request **out, resnet_queue *queue, const char *path,
                                       const resnet_request_options *options)
{
    resnet_request *request = NULL;
    resnet_status status = begin(&request, out, queue, path, options);
    if (status == RESNET_OK && !(request->path = rn_strdup(path))) status = RESNET_E_NOMEM;
    return finish(request, out, status);
}

resnet_status resnet_queue_submit_frame(resnet_request **out, resnet_queue *queue,
                                        const void *pixels_hwc, size_t width, size_t height,
                                        size_t stride, int32_t layout,
                                        const resnet_request_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_request *request = NULL;
    resnet_status status = begin(&request, out, queue, pixels_hwc, options);
    if (status == RESNET_OK)
        status = resnet_image_from_pixels(&request->image, pixels_hwc, width, height, stride,
                                          layout, &queue->image);
    return finish(request, out, status);
}
