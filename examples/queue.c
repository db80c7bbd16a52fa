/* Clients with a picture each, joined into batches: queue WEIGHTS N IMAGE... has N threads ask for
 * the pictures one after another, as clients of a server would; each gets its own answer.
 * SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_CLIENTS 256
#define DEADLINE_US 60000000

typedef struct desk {
    resnet_queue *queue;
    char **paths;
    size_t n_paths;
    pthread_mutex_t mutex; /* of the next one */
    size_t next;
    int n_failed;
} desk;

/* A full queue says so at once; a server would tell its client to come back, this one does. */
static resnet_status submit(resnet_request **out, desk *d, const char *path)
{
    const struct timespec a_moment = {0, 1000000};
    resnet_request_options options;
    resnet_status status = resnet_request_options_init(&options, sizeof options);
    if (status != RESNET_OK) return status;
    options.timeout_us = DEADLINE_US; /* an answer after that is of no use to anybody */
    while ((status = resnet_queue_submit_file(out, d->queue, path, &options)) == RESNET_E_BUSY)
        nanosleep(&a_moment, NULL);
    return status;
}

static resnet_status ask(desk *d, const char *path)
{
    resnet_request *request = NULL;
    resnet_prediction top;
    resnet_answer answer;
    resnet_status status = submit(&request, d, path);
    if (status == RESNET_OK) status = resnet_request_wait(request, RESNET_FOREVER);
    if (status == RESNET_OK) status = resnet_request_copy_predictions(&top, sizeof top, 1, request);
    if (status == RESNET_OK) status = resnet_request_copy_answer(&answer, sizeof answer, request);
    if (status == RESNET_OK)
        printf("%s: %s %.1f %%, one of %u in its batch\n", path, top.name, 100 * top.probability,
               answer.batch_size);
    else
        fprintf(stderr, "queue: %s\n", resnet_last_error());
    resnet_request_free(request);
    return status;
}

static const char *take_path(desk *d, resnet_status last)
{
    pthread_mutex_lock(&d->mutex);
    if (last != RESNET_OK) d->n_failed++;
    const char *path = d->next < d->n_paths ? d->paths[d->next++] : NULL;
    pthread_mutex_unlock(&d->mutex);
    return path;
}

static void *run_client(void *argument)
{
    desk *d = argument;
    resnet_status status = RESNET_OK;
    for (const char *path; (path = take_path(d, status));) status = ask(d, path);
    return NULL;
}

static void run_clients(desk *d, size_t n)
{
    static pthread_t threads[MAX_CLIENTS];
    size_t n_started = 0;
    while (n_started < n && pthread_create(&threads[n_started], NULL, run_client, d) == 0)
        n_started++;
    if (n_started == 0) run_client(d); /* alone, then */
    for (size_t i = 0; i < n_started; i++) pthread_join(threads[i], NULL);
}

static void tell_stats(const resnet_queue *queue)
{
    resnet_queue_stats stats;
    if (resnet_queue_copy_stats(&stats, sizeof stats, queue) != RESNET_OK) return;
    printf("%llu answers, %llu failures, in %llu batches; refused %llu times\n",
           (unsigned long long)stats.n_answered, (unsigned long long)stats.n_failed,
           (unsigned long long)stats.n_batches, (unsigned long long)stats.n_refused);
}

int main(int argc, char **argv)
{
    resnet_model *model = NULL;
    desk d = {.paths = argv + 3, .n_paths = argc > 3 ? (size_t)argc - 3 : 0};
    const size_t n_clients = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (n_clients < 1 || n_clients > MAX_CLIENTS)
        return fprintf(stderr, "usage: queue WEIGHTS N IMAGE..., N from 1 to 256\n"), 2;
    if (resnet_model_load(&model, argv[1], NULL) != RESNET_OK ||
        resnet_queue_create(&d.queue, model, NULL) != RESNET_OK) {
        fprintf(stderr, "queue: %s\n", resnet_last_error());
        resnet_model_free(model);
        return 1;
    }
    pthread_mutex_init(&d.mutex, NULL);
    run_clients(&d, n_clients);
    tell_stats(d.queue);
    resnet_queue_free(d.queue);
    resnet_model_free(model);
    pthread_mutex_destroy(&d.mutex);
    return d.n_failed > 0;
}
