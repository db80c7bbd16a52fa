/* Many sessions on one model: threads WEIGHTS N IMAGE... shares the pictures out to N threads of its
 * own, each with a session of one worker; weights are in memory once. For many pictures at once one
 * session of many workers is as fast, and for single pictures from many threads a queue is better
 * (queue.c); this is for hosts whose threads have their own rhythm. SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_THREADS 256

typedef struct work {
    const resnet_model *model;
    char **paths;
    resnet_prediction *best; /* of each path */
    size_t n_paths;
    size_t n_threads;
} work;

typedef struct worker {
    const work *work;
    size_t number;
    pthread_t thread;
    resnet_status status;
    char message[256]; /* the last error belongs to the thread that made it */
} worker;

/* Every n_threads-th picture. */
static resnet_status classify_share(worker *self, resnet_session *session)
{
    const work *w = self->work;
    for (size_t i = self->number; i < w->n_paths; i += w->n_threads) {
        const char *path = w->paths[i];
        const resnet_status status =
            resnet_session_classify_files(&w->best[i], sizeof *w->best, session, &path, 1, 1, NULL);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static void *run(void *argument)
{
    worker *self = argument;
    resnet_session *session = NULL;
    resnet_session_options options;
    self->status = resnet_session_options_init(&options, sizeof options);
    options.n_threads = 1;
    if (self->status == RESNET_OK)
        self->status = resnet_session_create(&session, self->work->model, &options);
    if (self->status == RESNET_OK) self->status = classify_share(self, session);
    if (self->status != RESNET_OK)
        snprintf(self->message, sizeof self->message, "%s", resnet_last_error());
    resnet_session_free(session);
    return NULL;
}

/* The first message of a thread that failed; NULL if none did. */
static const char *run_all(worker *workers, const work *w)
{
    size_t n = 0;
    const char *failure = NULL;
    for (; n < w->n_threads; n++) {
        workers[n] = (worker){.work = w, .number = n};
        if (pthread_create(&workers[n].thread, NULL, run, &workers[n]) != 0) {
            failure = "cannot start a thread";
            break;
        }
    }
    for (size_t i = 0; i < n; i++) {
        pthread_join(workers[i].thread, NULL);
        if (workers[i].status != RESNET_OK && !failure) failure = workers[i].message;
    }
    return failure;
}

int main(int argc, char **argv)
{
    static worker workers[MAX_THREADS];
    resnet_model *model = NULL;
    const size_t n_threads = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (n_threads < 1 || n_threads > MAX_THREADS)
        return fprintf(stderr, "usage: threads WEIGHTS N IMAGE..., N from 1 to 256\n"), 2;
    work w = {.paths = argv + 3, .n_paths = (size_t)argc - 3, .n_threads = n_threads};
    w.best = calloc(w.n_paths, sizeof *w.best);
    const char *failure = "no memory";
    if (w.best && resnet_model_load(&model, argv[1], NULL) == RESNET_OK) {
        w.model = model;
        failure = run_all(workers, &w);
    } else if (w.best) {
        failure = resnet_last_error();
    }
    if (failure) fprintf(stderr, "threads: %s\n", failure);
    for (size_t i = 0; !failure && i < w.n_paths; i++)
        printf("%s: %s %.1f %%\n", w.paths[i], w.best[i].name, 100 * w.best[i].probability);
    free(w.best);
    resnet_model_free(model);
    return failure != NULL;
}
