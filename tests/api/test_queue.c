/* What a queue answers, refuses and drops, with the network held up by a gate where it matters
 * when. SPDX-License-Identifier: MIT */
#include "api.h"
#include "gate.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 32
#define N_CLASSES 6
#define MOST 21
#define SOON 20000000 /* microseconds within which everything is done */

static resnet_model *model;
static resnet_image *images[MOST];
static float want[MOST][N_CLASSES]; /* logits */
static gate door = GATE_CLOSED;

static int set_up(void **state)
{
    (void)state;
    static const char *const names[N_CLASSES] = {"a", "b", "c", "d", "e", "f"};
    model = make_model(N_CLASSES, SIZE);
    assert_ok(resnet_model_set_class_names(model, names, N_CLASSES));
    resnet_session *session = make_session(model, 2);
    for (uint32_t i = 0; i < MOST; i++) {
        images[i] = make_image(40 + i % 3, 50, i);
        assert_ok(resnet_session_run_images(want[i], N_CLASSES, session, RESNET_OUTPUT_LOGITS,
                                            &images[i], 1));
    }
    resnet_session_free(session);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < MOST; i++) resnet_image_free(images[i]);
    resnet_model_free(model);
    return 0;
}

static resnet_queue_options queue_options(void)
{
    resnet_queue_options options;
    assert_ok(resnet_queue_options_init(&options, sizeof options));
    options.max_batch = 4;
    options.capacity = 64;
    options.output = RESNET_OUTPUT_LOGITS;
    return options;
}

static resnet_queue *open_queue(const resnet_queue_options *options)
{
    resnet_queue *queue = NULL;
    assert_ok(resnet_queue_create(&queue, model, options));
    return queue;
}

/* One whose network waits before the door. */
static resnet_queue *open_gated(resnet_queue_options *options)
{
    resnet_session_options session;
    resnet_executor executor;
    resnet_queue *queue = NULL;
    assert_ok(resnet_session_options_init(&session, sizeof session));
    assert_ok(resnet_executor_init(&executor, sizeof executor));
    executor.run = gate_run;
    executor.user_data = &door;
    session.n_threads = 2;
    session.executor = &executor;
    options->session = &session;
    gate_set(&door, 1);
    assert_ok(resnet_queue_create(&queue, model, options));
    gate_set(&door, 0);
    return queue;
}

static resnet_request_options request_options(resnet_answer_callback on_answer, void *user_data)
{
    resnet_request_options options;
    assert_ok(resnet_request_options_init(&options, sizeof options));
    options.on_answer = on_answer;
    options.user_data = user_data;
    return options;
}

static resnet_answer get_answer(const resnet_request *request)
{
    resnet_answer answer;
    assert_ok(resnet_request_copy_answer(&answer, sizeof answer, request));
    return answer;
}

static resnet_queue_stats get_stats(const resnet_queue *queue)
{
    resnet_queue_stats stats;
    assert_ok(resnet_queue_copy_stats(&stats, sizeof stats, queue));
    return stats;
}

/* The sum of all endings is what was accepted. */
static void check_closed_books(const resnet_queue_stats *s)
{
    assert_int_equal(s->n_accepted,
                     s->n_open + s->n_answered + s->n_failed + s->n_cancelled + s->n_late);
}

static void expect_values(const resnet_request *request, size_t picture)
{
    const resnet_answer answer = get_answer(request);
    assert_int_equal(answer.n_values, N_CLASSES);
    if (!values_match(answer.values, want[picture], N_CLASSES))
        fail_msg("picture %zu: class 0 is %g, expected %g", picture, (double)answer.values[0],
                 (double)want[picture][0]);
}

/* ---- answers ---- */

static void everyone_gets_the_answer_to_his_picture(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    resnet_queue *queue = open_queue(&options);
    resnet_request *requests[MOST];
    for (size_t i = 0; i < MOST; i++)
        assert_ok(resnet_queue_submit_image(&requests[i], queue, images[i], NULL));
    for (size_t i = 0; i < MOST; i++) {
        assert_ok(resnet_request_wait(requests[i], RESNET_FOREVER));
        expect_values(requests[i], i);
        const resnet_answer answer = get_answer(requests[i]);
        assert_true(answer.batch_size >= 1 && answer.batch_size <= options.max_batch);
        assert_true(answer.ran_us > 0 && answer.status == RESNET_OK && answer.message[0] == 0);
    }
    const resnet_queue_stats stats = get_stats(queue);
    check_closed_books(&stats);
    assert_int_equal(stats.n_answered, MOST);
    assert_int_equal(stats.n_images, MOST);
    assert_true(stats.n_batches >= (MOST + 3) / 4);
    resnet_queue_free(queue);
    for (size_t i = 0; i < MOST; i++) {
        expect_values(requests[i], i); /* although the queue is gone */
        resnet_request_free(requests[i]);
    }
}

static void predictions_are_the_sessions(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_session *session = make_session(model, 1);
    resnet_prediction expected[3], got[3];
    float probabilities[N_CLASSES];
    options.top_k = 3;
    options.output = RESNET_OUTPUT_PROBABILITIES;
    resnet_queue *queue = open_queue(&options);
    resnet_request *request = NULL;
    assert_ok(resnet_session_classify_images(expected, sizeof *expected, session, images, 1, 3));
    assert_ok(resnet_session_run_images(probabilities, N_CLASSES, session,
                                        RESNET_OUTPUT_PROBABILITIES, images, 1));
    assert_ok(resnet_queue_submit_image(&request, queue, images[0], NULL));
    assert_ok(resnet_request_wait(request, SOON));
    assert_ok(resnet_request_copy_predictions(got, sizeof *got, 3, request));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(got[i].label, expected[i].label);
        assert_string_equal(got[i].name, expected[i].name);
        assert_true(fabsf(got[i].probability - expected[i].probability) < 1e-5f);
    }
    const resnet_answer answer = get_answer(request);
    assert_int_equal(answer.n_predictions, 3);
    for (int c = 0; c < N_CLASSES; c++)
        assert_true(fabsf(answer.values[c] - probabilities[c]) < 1e-5f);
    assert_fails(resnet_request_copy_predictions(got, sizeof *got, 4, request), RESNET_E_INVALID,
                 "not in [1, 3]");
    assert_fails(resnet_request_copy_predictions(got, sizeof *got, 0, request), RESNET_E_INVALID,
                 "not in [1, 3]");
    resnet_request_free(request);
    resnet_queue_free(queue);
    resnet_session_free(session);
}

static void embeddings_come_without_predictions(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    options.output = RESNET_OUTPUT_EMBEDDINGS;
    resnet_queue *queue = open_queue(&options);
    resnet_request *request = NULL;
    resnet_prediction top;
    assert_ok(resnet_queue_submit_image(&request, queue, images[0], NULL));
    assert_ok(resnet_request_wait(request, SOON));
    const resnet_answer answer = get_answer(request);
    assert_int_equal(answer.n_values, 2048);
    assert_int_equal(answer.n_predictions, 0);
    assert_fails(resnet_request_copy_predictions(&top, sizeof top, 1, request), RESNET_E_INVALID,
                 "not in");
    resnet_request_free(request);
    resnet_queue_free(queue);
}

static void every_kind_of_picture_is_taken(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    resnet_queue *queue = open_queue(&options);
    resnet_request *requests[4];
    resnet_bytes *png = NULL;
    char path[64];
    snprintf(path, sizeof path, "/tmp/resnet-queue-%d.png", (int)getpid());
    assert_ok(resnet_image_save_png(images[0], path));
    assert_ok(resnet_image_encode_png(&png, images[0]));
    unsigned char *copy = malloc(resnet_bytes_get_size(png));
    assert_non_null(copy);
    memcpy(copy, resnet_bytes_get_data(png), resnet_bytes_get_size(png));
    resnet_image *image = make_image(40, 50, 0);

    assert_ok(resnet_queue_submit_image(&requests[0], queue, image, NULL));
    assert_ok(
        resnet_queue_submit_bytes(&requests[1], queue, copy, resnet_bytes_get_size(png), NULL));
    assert_ok(resnet_queue_submit_frame(&requests[2], queue, resnet_image_get_pixels(images[0]), 40,
                                        50, 0, RESNET_PIXELS_RGB, NULL));
    assert_ok(resnet_queue_submit_file(&requests[3], queue, path, NULL));
    memset(copy, 0, resnet_bytes_get_size(png)); /* what was handed over may go at once */
    free(copy);
    resnet_image_free(image);
    for (int i = 0; i < 4; i++) {
        assert_ok(resnet_request_wait(requests[i], SOON));
        expect_values(requests[i], 0);
        resnet_request_free(requests[i]);
    }
    unlink(path);
    resnet_bytes_free(png);
    resnet_queue_free(queue);
}

static void a_bad_picture_is_an_answer_and_harms_nobody(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    resnet_queue *queue = open_queue(&options);
    resnet_request *bad = NULL, *absent = NULL, *good = NULL, *empty = NULL;
    resnet_prediction top;
    assert_ok(resnet_queue_submit_bytes(&bad, queue, "no picture", 10, NULL));
    assert_ok(resnet_queue_submit_bytes(&empty, queue, "", 0, NULL));
    assert_ok(resnet_queue_submit_file(&absent, queue, "/nonexistent.jpg", NULL));
    assert_ok(resnet_queue_submit_image(&good, queue, images[1], NULL));
    assert_fails(resnet_request_wait(bad, SOON), RESNET_E_UNSUPPORTED, "");
    assert_fails(resnet_request_wait(empty, SOON), RESNET_E_FORMAT, "");
    assert_fails(resnet_request_wait(absent, SOON), RESNET_E_NOT_FOUND, "/nonexistent.jpg");
    assert_ok(resnet_request_wait(good, SOON));
    expect_values(good, 1);
    const resnet_answer answer = get_answer(absent);
    assert_true(answer.status == RESNET_E_NOT_FOUND && strstr(answer.message, "/nonexistent.jpg"));
    assert_true(answer.values == NULL && answer.n_values == 0 && answer.n_predictions == 0);
    assert_fails(resnet_request_copy_predictions(&top, sizeof top, 1, absent), RESNET_E_NOT_FOUND,
                 "/nonexistent.jpg");
    const resnet_queue_stats stats = get_stats(queue);
    assert_true(stats.n_failed == 3 && stats.n_answered == 1);
    resnet_queue_free(queue);
    resnet_request_free(bad);
    resnet_request_free(empty);
    resnet_request_free(absent);
    resnet_request_free(good);
}

/* ---- full, late, cancelled ---- */

static void a_full_queue_says_so_at_once(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    options.capacity = 5;
    resnet_queue *queue = open_gated(&options);
    resnet_request *requests[5], *more = NULL;
    for (int i = 0; i < 5; i++)
        assert_ok(resnet_queue_submit_image(&requests[i], queue, images[i], NULL));
    assert_fails(resnet_queue_submit_image(&more, queue, images[5], NULL), RESNET_E_BUSY, "full");
    assert_fails(resnet_queue_submit_bytes(&more, queue, "", 0, NULL), RESNET_E_BUSY, "full");
    assert_null(more);
    assert_fails(resnet_request_wait(requests[0], 0), RESNET_E_BUSY, "no answer");
    assert_fails(resnet_request_wait(requests[0], 1000), RESNET_E_BUSY, "no answer");
    gate_set(&door, 1);
    assert_ok(resnet_request_wait(requests[0], SOON));
    assert_ok(resnet_queue_submit_image(&more, queue, images[5], NULL)); /* there is room now */
    assert_ok(resnet_request_wait(more, SOON));
    assert_int_equal(get_stats(queue).n_refused, 2);
    for (int i = 0; i < 5; i++) resnet_request_free(requests[i]);
    resnet_request_free(more);
    resnet_queue_free(queue);
}

/* What fails to be accepted takes no place. */
static void a_refused_request_takes_no_place(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_image_options small;
    resnet_request *request = NULL;
    assert_ok(resnet_image_options_init(&small, sizeof small));
    small.max_bytes = 100;
    small.max_pixels = 100;
    options.image = &small;
    options.capacity = 4;
    resnet_queue *queue = open_queue(&options);
    for (int i = 0; i < 10; i++) {
        assert_fails(resnet_queue_submit_bytes(&request, queue, want, sizeof want, NULL),
                     RESNET_E_UNSUPPORTED, "cap of 100");
        assert_fails(resnet_queue_submit_frame(&request, queue, resnet_image_get_pixels(images[0]),
                                               40, 50, 0, RESNET_PIXELS_RGB, NULL),
                     RESNET_E_UNSUPPORTED, "cap of 100");
        assert_fails(resnet_queue_submit_image(NULL, queue, images[0], NULL), RESNET_E_INVALID,
                     "nobody would hear");
    }
    assert_null(request);
    assert_int_equal(get_stats(queue).n_open, 0);
    assert_int_equal(get_stats(queue).n_accepted, 0);
    assert_ok(resnet_queue_submit_image(&request, queue, images[0], NULL));
    assert_ok(resnet_request_wait(request, SOON));
    resnet_request_free(request);
    resnet_queue_free(queue);
}

/* One picture stands before the door, so those behind it wait. */
static resnet_request *hold_up(resnet_queue *queue)
{
    resnet_request *first = NULL;
    assert_ok(resnet_queue_submit_image(&first, queue, images[0], NULL));
    gate_await_visitor(&door);
    return first;
}

static void a_late_request_is_not_computed(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_request_options hurry = request_options(NULL, NULL);
    resnet_queue *queue = open_gated(&options);
    resnet_request *first = hold_up(queue), *late[6], *patient = NULL;
    for (int i = 0; i < 6; i++) {
        hurry.timeout_us = i == 0 ? 0 : 20000;
        assert_ok(resnet_queue_submit_image(&late[i], queue, images[i], &hurry));
    }
    hurry.timeout_us = RESNET_FOREVER - 1; /* beyond any clock */
    assert_ok(resnet_queue_submit_image(&patient, queue, images[7], &hurry));
    for (int i = 0; i < 6; i++) /* told while the network stands */
        assert_fails(resnet_request_wait(late[i], SOON), RESNET_E_TIMEOUT, "deadline");
    const resnet_answer answer = get_answer(late[5]);
    assert_true(answer.batch_size == 0 && answer.waited_us >= 20000 && answer.ran_us == 0);
    gate_set(&door, 1);
    assert_ok(resnet_request_wait(first, SOON));
    assert_ok(resnet_request_wait(patient, SOON));
    const resnet_queue_stats stats = get_stats(queue);
    assert_true(stats.n_late == 6 && stats.n_images == 2);
    for (int i = 0; i < 6; i++) resnet_request_free(late[i]);
    resnet_request_free(first);
    resnet_request_free(patient);
    resnet_queue_free(queue);
}

static void a_deadline_spares_what_runs(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_request_options hurry = request_options(NULL, NULL);
    options.max_delay_us = 0;
    resnet_queue *queue = open_gated(&options);
    resnet_request *request = NULL;
    hurry.timeout_us = 2000000;
    assert_ok(resnet_queue_submit_image(&request, queue, images[0], &hurry));
    gate_await_visitor(&door);
    assert_fails(resnet_request_wait(request, 2500000), RESNET_E_BUSY, "no answer");
    gate_set(&door, 1);
    assert_ok(resnet_request_wait(request, SOON));
    resnet_request_free(request);
    resnet_queue_free(queue);
}

static void a_cancelled_request_is_told_at_once(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_queue *queue = open_gated(&options);
    resnet_request *first = hold_up(queue), *second = NULL, *third = NULL;
    assert_ok(resnet_queue_submit_image(&second, queue, images[1], NULL));
    assert_ok(resnet_queue_submit_image(&third, queue, images[2], NULL));
    resnet_request_cancel(second);
    resnet_request_cancel(second);
    assert_fails(resnet_request_wait(second, SOON), RESNET_E_CANCELLED, "cancelled");
    resnet_request_cancel(first); /* it runs: its answer is dropped */
    assert_fails(resnet_request_wait(first, 1000), RESNET_E_BUSY, "");
    gate_set(&door, 1);
    assert_fails(resnet_request_wait(first, SOON), RESNET_E_CANCELLED, "cancelled");
    assert_ok(resnet_request_wait(third, SOON));
    expect_values(third, 2);
    resnet_request_cancel(third); /* too late, and no harm */
    assert_ok(resnet_request_wait(third, SOON));
    resnet_request_cancel(NULL);
    resnet_queue_free(queue);
    resnet_request_cancel(third);
    resnet_request_free(first);
    resnet_request_free(second);
    resnet_request_free(third);
}

static void a_whole_queue_is_cancelled(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_queue *queue = open_gated(&options);
    resnet_request *requests[9];
    requests[0] = hold_up(queue);
    for (int i = 1; i < 9; i++)
        assert_ok(resnet_queue_submit_image(&requests[i], queue, images[i], NULL));
    resnet_queue_cancel(queue);
    resnet_queue_cancel(NULL);
    gate_set(&door, 1);
    resnet_queue_free(queue);
    for (int i = 0; i < 9; i++) {
        assert_fails(resnet_request_wait(requests[i], 0), RESNET_E_CANCELLED, "cancelled");
        resnet_request_free(requests[i]);
    }
}

static void what_nobody_would_hear_of_is_not_computed(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_queue *queue = open_gated(&options);
    resnet_request *first = hold_up(queue), *forgotten = NULL;
    assert_ok(resnet_queue_submit_image(&forgotten, queue, images[1], NULL));
    resnet_request_free(forgotten);
    resnet_request_free(NULL);
    gate_set(&door, 1);
    assert_ok(resnet_request_wait(first, SOON));
    const resnet_queue_stats stats = get_stats(queue);
    assert_true(stats.n_images == 1 && stats.n_accepted == 2);
    resnet_request_free(first);
    resnet_queue_free(queue);
}

/* ---- callbacks and the end ---- */

typedef struct heard {
    atomic_int n_calls, n_good;
    resnet_queue *queue;
    resnet_request *handle;  /* to be freed by the callback */
    resnet_request *another; /* of the same queue, not answered yet */
    resnet_status wait_status, submit_status;
    atomic_int n_again; /* times to submit from the callback */
} heard;

static void hear(void *user_data, resnet_request *request)
{
    heard *self = user_data;
    resnet_answer answer;
    atomic_fetch_add(&self->n_calls, 1);
    if (resnet_request_copy_answer(&answer, sizeof answer, request) == RESNET_OK &&
        answer.status == RESNET_OK && answer.n_values == N_CLASSES)
        atomic_fetch_add(&self->n_good, 1);
    if (atomic_load(&self->n_again) > 0) {
        const resnet_request_options options = {
            .struct_size = sizeof options, RESNET_FOREVER, hear, self};
        atomic_fetch_sub(&self->n_again, 1);
        self->submit_status = resnet_queue_submit_image(NULL, self->queue, images[0], &options);
    }
    if (self->another) self->wait_status = resnet_request_wait(self->another, RESNET_FOREVER);
    if (self->handle) resnet_request_free(self->handle);
    self->handle = NULL;
}

static void callbacks_hear_of_everything_once(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    heard all = {.n_calls = 0};
    const resnet_request_options request = request_options(hear, &all);
    options.capacity = MOST;
    resnet_queue *queue = open_queue(&options);
    for (size_t i = 0; i < MOST; i++)
        assert_ok(resnet_queue_submit_image(NULL, queue, images[i], &request));
    resnet_queue_free(queue); /* which answers all that was accepted */
    assert_int_equal(atomic_load(&all.n_calls), MOST);
    assert_int_equal(atomic_load(&all.n_good), MOST);
}

static void a_callback_submits_and_frees_but_does_not_wait(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    options.max_batch = 1;
    resnet_queue *queue = open_gated(&options);
    heard first = {.queue = queue, .n_again = 3};
    resnet_request *second = NULL;
    const resnet_request_options request = request_options(hear, &first);
    assert_ok(resnet_queue_submit_image(&first.handle, queue, images[0], &request));
    gate_await_visitor(&door);
    assert_ok(resnet_queue_submit_image(&second, queue, images[1], NULL));
    first.another = second;
    gate_set(&door, 1);
    assert_ok(resnet_request_wait(second, SOON));
    while (get_stats(queue).n_answered < 5) usleep(1000);
    resnet_queue_free(queue);
    assert_int_equal(atomic_load(&first.n_calls), 4);
    assert_ok(first.submit_status);
    assert_true(first.wait_status == RESNET_E_STATE || first.wait_status == RESNET_OK);
    resnet_request_free(second);
}

static void free_queue(void *user_data, resnet_request *request)
{
    (void)request;
    resnet_queue_free(user_data);
}

static void a_callback_cannot_free_its_queue(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    resnet_queue *queue = open_queue(&options);
    resnet_request *request = NULL;
    const resnet_request_options with = request_options(free_queue, queue);
    assert_ok(resnet_queue_submit_image(NULL, queue, images[0], &with));
    assert_ok(resnet_queue_submit_image(&request, queue, images[1], NULL));
    assert_ok(resnet_request_wait(request, SOON)); /* it lives on */
    resnet_request_free(request);
    resnet_queue_free(queue);
}

static void a_queue_being_freed_takes_no_more(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    heard endless = {.n_again = 1000000};
    const resnet_request_options request = request_options(hear, &endless);
    endless.queue = open_queue(&options);
    assert_ok(resnet_queue_submit_image(NULL, endless.queue, images[0], &request));
    while (atomic_load(&endless.n_calls) < 3) usleep(1000);
    resnet_queue_free(endless.queue); /* ends all the same */
    assert_int_equal(endless.submit_status, RESNET_E_STATE);
    assert_int_equal(atomic_load(&endless.n_calls), atomic_load(&endless.n_good));
}

static void a_queue_outlives_its_model(void **state)
{
    (void)state;
    resnet_model *own = make_model(2, SIZE);
    static const char *const names[2] = {"yes", "no"};
    resnet_queue *queue = NULL;
    resnet_request *request = NULL;
    resnet_prediction top;
    assert_ok(resnet_model_set_class_names(own, names, 2));
    assert_ok(resnet_queue_create(&queue, own, NULL));
    resnet_model_free(own);
    assert_ok(resnet_queue_submit_image(&request, queue, images[0], NULL));
    assert_ok(resnet_request_wait(request, SOON));
    resnet_queue_free(queue);
    assert_ok(resnet_request_copy_predictions(&top, sizeof top, 1, request));
    assert_string_equal(top.name, names[top.label]);
    assert_int_equal(get_answer(request).n_predictions, 2); /* of the five that are the default */
    resnet_request_free(request);
}

static void a_changed_model_is_told(void **state)
{
    (void)state;
    resnet_model *own = make_model(2, SIZE);
    resnet_recipe recipe;
    resnet_queue *queue = NULL;
    resnet_request *request = NULL;
    assert_ok(resnet_queue_create(&queue, own, NULL));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_recipe_set_size(&recipe, 64));
    assert_ok(resnet_model_set_recipe(own, &recipe));
    assert_ok(resnet_queue_submit_image(&request, queue, images[0], NULL));
    assert_fails(resnet_request_wait(request, SOON), RESNET_E_STATE, "recipe has changed");
    resnet_request_free(request);
    resnet_queue_free(queue);
    resnet_model_free(own);
}

static void a_forked_child_is_told(void **state)
{
    (void)state;
    resnet_queue_options options = queue_options();
    resnet_queue *queue = open_gated(&options);
    resnet_request *first = hold_up(queue), *more = NULL;
    const pid_t child = fork();
    if (child == 0) {
        resnet_queue_stats stats;
        int wrong = resnet_queue_submit_image(&more, queue, images[0], NULL) != RESNET_E_STATE;
        wrong |= !strstr(resnet_last_error(), "fork()");
        wrong |= resnet_request_wait(first, RESNET_FOREVER) != RESNET_E_STATE;
        wrong |= resnet_queue_copy_stats(&stats, sizeof stats, queue) != RESNET_E_STATE;
        resnet_request_cancel(first);
        resnet_queue_cancel(queue);
        resnet_request_free(first);
        resnet_queue_free(queue);
        _exit(wrong);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    gate_set(&door, 1);
    assert_ok(resnet_request_wait(first, SOON));
    resnet_request_free(first);
    resnet_queue_free(queue);
}

/* ---- arguments ---- */

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    resnet_queue *queue = NULL;
    resnet_queue_options options = queue_options();
#define REFUSED(field, value, text)                                                                \
    do {                                                                                           \
        options = queue_options();                                                                 \
        options.field = value;                                                                     \
        assert_fails(resnet_queue_create(&queue, model, &options), RESNET_E_INVALID, text);        \
        assert_null(queue);                                                                        \
    } while (0)
    REFUSED(max_batch, 0, "max_batch");
    REFUSED(max_batch, 1025, "max_batch");
    REFUSED(capacity, 3, "capacity");
    REFUSED(capacity, 1000001, "capacity");
    REFUSED(n_decoders, 1025, "n_decoders");
    REFUSED(output, 3, "output");
    REFUSED(output, -1, "output");
    REFUSED(reserved, 1, "reserved");
    assert_fails(resnet_queue_create(NULL, model, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_queue_create(&queue, NULL, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_request_wait(NULL, 0), RESNET_E_INVALID, "NULL");
    resnet_queue_free(NULL);
    options = queue_options();
    queue = open_queue(&options);
    resnet_request *request = NULL;
    assert_fails(resnet_queue_submit_image(&request, queue, NULL, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_queue_submit_image(&request, NULL, images[0], NULL), RESNET_E_INVALID,
                 "NULL");
    assert_fails(resnet_queue_submit_frame(&request, queue, want, 1, 1, 0, 9, NULL),
                 RESNET_E_INVALID, "layout");
    assert_fails(resnet_queue_copy_stats(NULL, 80, queue), RESNET_E_INVALID, "NULL");
    resnet_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_gets_the_answer_to_his_picture),
        cmocka_unit_test(predictions_are_the_sessions),
        cmocka_unit_test(embeddings_come_without_predictions),
        cmocka_unit_test(every_kind_of_picture_is_taken),
        cmocka_unit_test(a_bad_picture_is_an_answer_and_harms_nobody),
        cmocka_unit_test(a_full_queue_says_so_at_once),
        cmocka_unit_test(a_refused_request_takes_no_place),
        cmocka_unit_test(a_late_request_is_not_computed),
        cmocka_unit_test(a_deadline_spares_what_runs),
        cmocka_unit_test(a_cancelled_request_is_told_at_once),
        cmocka_unit_test(a_whole_queue_is_cancelled),
        cmocka_unit_test(what_nobody_would_hear_of_is_not_computed),
        cmocka_unit_test(callbacks_hear_of_everything_once),
        cmocka_unit_test(a_callback_submits_and_frees_but_does_not_wait),
        cmocka_unit_test(a_callback_cannot_free_its_queue),
        cmocka_unit_test(a_queue_being_freed_takes_no_more),
        cmocka_unit_test(a_queue_outlives_its_model),
        cmocka_unit_test(a_changed_model_is_told),
        cmocka_unit_test(a_forked_child_is_told),
        cmocka_unit_test(what_is_out_of_range_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
