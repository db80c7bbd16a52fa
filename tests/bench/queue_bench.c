/* Single pictures from many threads, three ways in turn: joined by a queue, by a session of one worker
 * for each thread, and, as what can be had at best, given to one session in whole batches.
 *
 *     queue_bench MODEL ROUNDS SECONDS N-THREADS MAX-BATCH IMAGE...
 *
 * A line per round and way: pictures a second, CPU milliseconds a picture (which others on the machine
 * disturb less), and of the time from asking to answer the median, the 99th percentile and the same
 * in batches' times. Files are held in memory, decoded by who runs them. SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <resnet/resnet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_THREADS 1024
#define MAX_SAMPLES (1 << 20)

typedef struct picture {
    void *bytes;
    size_t size;
} picture;

typedef struct bench {
    resnet_model *model;
    picture *pictures;
    size_t n_pictures, n_threads, max_batch;
    double seconds;
    resnet_queue *queue;
    double end; /* of the sample at hand */
    atomic_size_t n_done;
    double *done_at, *latencies; /* [MAX_SAMPLES], in the order of completion */
    double batch_seconds;
} bench;

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "queue_bench: %s: %s\n", what, resnet_last_error());
    exit(1);
}

static picture read_picture(const char *path)
{
    picture out = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) die(path);
    out.size = (size_t)ftell(file);
    out.bytes = malloc(out.size);
    rewind(file);
    if (!out.bytes || fread(out.bytes, 1, out.size, file) != out.size) die(path);
    fclose(file);
    return out;
}

static void note(bench *b, double start)
{
    const double end = now(CLOCK_MONOTONIC);
    const size_t i = atomic_fetch_add(&b->n_done, 1);
    if (i >= MAX_SAMPLES) die("too many answers to keep");
    b->done_at[i] = end;
    b->latencies[i] = end - start;
}

/* ---- the three ways ---- */

typedef struct client {
    bench *bench;
    size_t number;
    resnet_session *session; /* for the second way */
} client;

static const picture *get_picture(const client *self, size_t i)
{
    return &self->bench->pictures[(self->number + i) % self->bench->n_pictures];
}

static void *ask_queue(void *argument)
{
    client *self = argument;
    bench *b = self->bench;
    for (size_t i = 0; now(CLOCK_MONOTONIC) < b->end; i++) {
        const picture *p = get_picture(self, i);
        const double start = now(CLOCK_MONOTONIC);
        resnet_request *request = NULL;
        if (resnet_queue_submit_bytes(&request, b->queue, p->bytes, p->size, NULL) ||
            resnet_request_wait(request, RESNET_FOREVER))
            die("the queue");
        resnet_request_free(request);
        note(b, start);
    }
    return NULL;
}

static void *ask_session(void *argument)
{
    client *self = argument;
    resnet_prediction top;
    for (size_t i = 0; now(CLOCK_MONOTONIC) < self->bench->end; i++) {
        const picture *p = get_picture(self, i);
        const double start = now(CLOCK_MONOTONIC);
        const void *bytes = p->bytes;
        if (resnet_session_classify_bytes(&top, sizeof top, self->session, &bytes, &p->size, 1, 1,
                                          NULL))
            die("a session");
        note(self->bench, start);
    }
    return NULL;
}

static void run_batches(bench *b, resnet_session *session)
{
    const void **bytes = calloc(b->max_batch, sizeof *bytes);
    size_t *sizes = calloc(b->max_batch, sizeof *sizes);
    resnet_prediction *top = calloc(b->max_batch, sizeof *top);
    if (!bytes || !sizes || !top) die("memory");
    while (now(CLOCK_MONOTONIC) < b->end) {
        for (size_t i = 0; i < b->max_batch; i++) {
            const picture *p = &b->pictures[i % b->n_pictures];
            bytes[i] = p->bytes, sizes[i] = p->size;
        }
        const double start = now(CLOCK_MONOTONIC);
        if (resnet_session_classify_bytes(top, sizeof *top, session, bytes, sizes, b->max_batch, 1,
                                          NULL))
            die("a batch");
        for (size_t i = 0; i < b->max_batch; i++) note(b, start);
    }
    free(bytes);
    free(sizes);
    free(top);
}

/* ---- samples ---- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the answers between the first rush and the end of the sample, both the end of a batch. */
static void tell(bench *b, const char *way, double cpu)
{
    const size_t n_all = atomic_load(&b->n_done);
    size_t first = 2 * (b->n_threads > b->max_batch ? b->n_threads : b->max_batch), last = n_all;
    while (last > first && b->done_at[last - 1] > b->end) last--;
    if (last < first + 2) die("the sample is too short");
    const size_t n = last - first;
    const double seconds = b->done_at[last - 1] - b->done_at[first - 1];
    qsort(b->latencies + first, n, sizeof *b->latencies, compare);
    const double p50 = b->latencies[first + n / 2];
    const double p99 = b->latencies[first + (size_t)(0.99 * (double)(n - 1))];
    if (!b->batch_seconds) b->batch_seconds = seconds * (double)b->max_batch / (double)n;
    printf("%-8s %7.1f /s  %6.2f CPU ms  p50 %7.1f ms  p99 %7.1f ms  p99 %.2f batches\n", way,
           (double)n / seconds, 1000 * cpu / (double)n_all, 1000 * p50, 1000 * p99,
           p99 / b->batch_seconds);
    fflush(stdout);
}

static void sample_threads(bench *b, const char *way, void *(*run)(void *), client *clients)
{
    static pthread_t threads[MAX_THREADS];
    const double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    b->end = now(CLOCK_MONOTONIC) + b->seconds;
    atomic_store(&b->n_done, 0);
    for (size_t i = 0; i < b->n_threads; i++)
        if (pthread_create(&threads[i], NULL, run, &clients[i]) != 0) die("a thread");
    for (size_t i = 0; i < b->n_threads; i++) pthread_join(threads[i], NULL);
    tell(b, way, now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

static void sample_batches(bench *b, resnet_session *session)
{
    const double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    b->end = now(CLOCK_MONOTONIC) + b->seconds;
    b->batch_seconds = 0; /* what the others are compared with */
    atomic_store(&b->n_done, 0);
    run_batches(b, session);
    tell(b, "batches", now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

static void open_all(bench *b, resnet_session **session, client *clients)
{
    resnet_queue_options queue;
    resnet_session_options one;
    if (resnet_queue_options_init(&queue, sizeof queue) ||
        resnet_session_options_init(&one, sizeof one))
        die("options");
    queue.max_batch = (uint32_t)b->max_batch;
    queue.capacity = (uint32_t)(b->n_threads > b->max_batch ? b->n_threads : b->max_batch);
    one.n_threads = 1;
    if (resnet_queue_create(&b->queue, b->model, &queue) ||
        resnet_session_create(session, b->model, NULL))
        die("opening");
    for (size_t i = 0; i < b->n_threads; i++) {
        clients[i] = (client){.bench = b, .number = i};
        if (resnet_session_create(&clients[i].session, b->model, &one)) die("a session");
    }
}

int main(int argc, char **argv)
{
    static bench b;
    static client clients[MAX_THREADS];
    resnet_session *session = NULL;
    if (argc < 7)
        return fprintf(stderr, "usage: queue_bench MODEL ROUNDS SECONDS N-THREADS MAX-BATCH "
                               "IMAGE...\n"),
               2;
    b.seconds = strtod(argv[3], NULL);
    b.n_threads = strtoul(argv[4], NULL, 10);
    b.max_batch = strtoul(argv[5], NULL, 10);
    b.n_pictures = (size_t)argc - 6;
    b.pictures = calloc(b.n_pictures, sizeof *b.pictures);
    b.latencies = calloc(MAX_SAMPLES, sizeof *b.latencies);
    b.done_at = calloc(MAX_SAMPLES, sizeof *b.done_at);
    if (!b.pictures || !b.latencies || !b.done_at || b.n_threads < 1 || b.n_threads > MAX_THREADS)
        die("numbers");
    for (size_t i = 0; i < b.n_pictures; i++) b.pictures[i] = read_picture(argv[6 + i]);
    if (resnet_model_load(&b.model, argv[1], NULL)) die(argv[1]);
    open_all(&b, &session, clients);
    for (unsigned long round = 0; round < strtoul(argv[2], NULL, 10); round++) {
        sample_batches(&b, session);
        sample_threads(&b, "queue", ask_queue, clients);
        sample_threads(&b, "sessions", ask_session, clients);
    }
    for (size_t i = 0; i < b.n_threads; i++) resnet_session_free(clients[i].session);
    for (size_t i = 0; i < b.n_pictures; i++) free(b.pictures[i].bytes);
    resnet_session_free(session);
    resnet_queue_free(b.queue);
    resnet_model_free(b.model);
    free(b.pictures);
    free(b.latencies);
    free(b.done_at);
    return 0;
}
