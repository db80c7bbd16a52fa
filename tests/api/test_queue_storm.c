/* Threads that submit, cancel, free, wait and run out of time at random, on queues that are freed
 * meanwhile: no answer is lost, told twice, or somebody else's. RESNET50_TEST_REQUESTS in the
 * environment is how many requests there are. SPDX-License-Identifier: MIT */
#include "api.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define SIZE 32
#define N_CLASSES 4
#define N_PICTURES 7
#define N_THREADS 8
#define PER_ROUND 200 /* requests on one queue */
#define EVERYDAY 1000

typedef struct record {
    size_t picture;
    atomic_int n_calls;
    resnet_status status;
    int is_wrong; /* values of another picture */
} record;

typedef struct client {
    resnet_queue *queue;
    record records[PER_ROUND / N_THREADS];
    uint32_t state; /* of its random numbers */
    size_t n_accepted, n_waited, n_refused;
    const char *wrong; /* NULL: nothing */
} client;

static resnet_model *model;
static resnet_image *images[N_PICTURES];
static resnet_bytes *files[N_PICTURES];
static float want[N_PICTURES][N_CLASSES];
static const char NO_PICTURE[] = "this is no picture";

static int set_up(void **state)
{
    (void)state;
    model = make_model(N_CLASSES, SIZE);
    resnet_session *session = make_session(model, 1);
    for (uint32_t i = 0; i < N_PICTURES; i++) {
        images[i] = make_image(40, 40, i);
        assert_ok(resnet_image_encode_png(&files[i], images[i]));
        assert_ok(resnet_session_run_images(want[i], N_CLASSES, session, RESNET_OUTPUT_LOGITS,
                                            &images[i], 1));
    }
    resnet_session_free(session);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++) {
        resnet_image_free(images[i]);
        resnet_bytes_free(files[i]);
    }
    resnet_model_free(model);
    return 0;
}

static uint32_t draw(client *self, uint32_t below)
{
    self->state = self->state * 1664525u + 1013904223u;
    return (self->state >> 16) % below;
}

static int is_answer_to(const resnet_answer *answer, size_t picture)
{
    return answer->n_values == N_CLASSES && values_match(answer->values, want[picture], N_CLASSES);
}

static void note(record *r, const resnet_request *request)
{
    resnet_answer answer;
    if (resnet_request_copy_answer(&answer, sizeof answer, request) != RESNET_OK) {
        r->is_wrong = 1;
        return;
    }
    r->status = answer.status;
    if (answer.status == RESNET_OK) r->is_wrong = !is_answer_to(&answer, r->picture);
}

static void hear(void *user_data, resnet_request *request)
{
    record *r = user_data;
    note(r, request);
    atomic_fetch_add(&r->n_calls, 1);
}

static resnet_status submit(client *self, record *r, resnet_request **out,
                            const resnet_request_options *options)
{
    r->picture = draw(self, N_PICTURES);
    switch (draw(self, 5)) {
    case 0:
        return resnet_queue_submit_bytes(out, self->queue, NO_PICTURE, sizeof NO_PICTURE, options);
    case 1:
        return resnet_queue_submit_frame(out, self->queue,
                                         resnet_image_get_pixels(images[r->picture]), 40, 40, 0,
                                         RESNET_PIXELS_RGB, options);
    case 2:
        return resnet_queue_submit_bytes(out, self->queue, resnet_bytes_get_data(files[r->picture]),
                                         resnet_bytes_get_size(files[r->picture]), options);
    default:
        return resnet_queue_submit_image(out, self->queue, images[r->picture], options);
    }
}

/* What is left of a request whose handle we have: told once more, the same. */
static void wait_for(client *self, record *r, resnet_request *request)
{
    resnet_status status = resnet_request_wait(request, draw(self, 3) ? RESNET_FOREVER : 0);
    if (status == RESNET_E_BUSY) return; /* not yet */
    if (status != resnet_request_wait(request, RESNET_FOREVER)) self->wrong = "two answers";
    record again = {.picture = r->picture};
    note(&again, request);
    if (again.is_wrong || again.status != status) self->wrong = "another answer than waited for";
    self->n_waited++;
}

static void use(client *self, record *r)
{
    resnet_request_options options;
    resnet_request *request = NULL;
    const uint32_t ways = draw(self, 16);
    if (resnet_request_options_init(&options, sizeof options) != RESNET_OK) return;
    const int calls_back = ways & 1, keeps_handle = !calls_back || (ways & 2);
    if (calls_back) {
        options.on_answer = hear;
        options.user_data = r;
    }
    if (draw(self, 4) == 0) options.timeout_us = draw(self, 5000);
    const resnet_status status = submit(self, r, keeps_handle ? &request : NULL, &options);
    if (status == RESNET_E_BUSY) self->n_refused++;
    if (status != RESNET_OK) {
        if (status != RESNET_E_BUSY) self->wrong = "an unexpected refusal";
        atomic_fetch_add(&r->n_calls, 1); /* the refusal is what it is told */
        if (request) self->wrong = "a handle of a refused request";
        return;
    }
    self->n_accepted++;
    if (!calls_back) atomic_fetch_add(&r->n_calls, 1);
    if (!keeps_handle) return;
    if (draw(self, 3) == 0) usleep(draw(self, 3000));
    if (draw(self, 2)) resnet_request_cancel(request);
    if (ways & 4) wait_for(self, r, request);
    if (draw(self, 4) == 0) resnet_request_cancel(request);
    resnet_request_free(request);
}

static void *run_client(void *context)
{
    client *self = context;
    for (size_t i = 0; i < PER_ROUND / N_THREADS; i++) use(self, &self->records[i]);
    return NULL;
}

static void check_client(const client *c)
{
    if (c->wrong) fail_msg("%s", c->wrong);
    for (size_t i = 0; i < PER_ROUND / N_THREADS; i++) {
        const record *r = &c->records[i];
        if (r->is_wrong) fail_msg("the answer to another picture");
        if (atomic_load(&r->n_calls) != 1) fail_msg("told %d times", atomic_load(&r->n_calls));
    }
}

/* Those that were accepted and wanted a call have had it. */
static void run_round(uint32_t round)
{
    resnet_queue_options options;
    resnet_queue *queue = NULL;
    pthread_t threads[N_THREADS];
    client *clients = calloc(N_THREADS, sizeof *clients);
    resnet_queue_stats stats;
    size_t n_accepted = 0, n_refused = 0;
    assert_non_null(clients);
    assert_ok(resnet_queue_options_init(&options, sizeof options));
    options.max_batch = 1 + round % 7;
    options.capacity = options.max_batch + round % 5 * 6;
    options.max_delay_us = round % 3 * 500;
    options.n_decoders = 1 + round % 3;
    options.output = RESNET_OUTPUT_LOGITS;
    assert_ok(resnet_queue_create(&queue, model, &options));
    for (uint32_t t = 0; t < N_THREADS; t++) {
        clients[t].queue = queue;
        clients[t].state = round * 977u + t;
        assert_int_equal(pthread_create(&threads[t], NULL, run_client, &clients[t]), 0);
    }
    for (int t = 0; t < N_THREADS; t++) {
        pthread_join(threads[t], NULL);
        n_accepted += clients[t].n_accepted;
        n_refused += clients[t].n_refused;
    }
    assert_ok(resnet_queue_copy_stats(&stats, sizeof stats, queue));
    assert_int_equal(stats.n_accepted, n_accepted);
    assert_int_equal(stats.n_refused, n_refused);
    if (round % 2) resnet_queue_cancel(queue);
    resnet_queue_free(queue); /* with requests still open */
    for (int t = 0; t < N_THREADS; t++) check_client(&clients[t]);
    free(clients);
}

static void nothing_is_lost_or_told_twice(void **state)
{
    (void)state;
    const char *asked = getenv("RESNET50_TEST_REQUESTS");
    const long n = asked ? atol(asked) : EVERYDAY;
    for (uint32_t round = 0; round * PER_ROUND < n; round++) run_round(round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_or_told_twice)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
