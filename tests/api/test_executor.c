/* Sessions on the host's threads answer as on the library's own, whatever kind of threads they are.
 * SPDX-License-Identifier: MIT */
#include "api.h"

#include <fenv.h>
#include <pthread.h>

#define SIZE 64
#define N_CLASSES 4
#define MOST 9
#define N_THREADS 3

static resnet_model *model;
static float *inputs;
static float want[MOST * N_CLASSES], want_one[N_CLASSES];

static int set_up(void **state)
{
    (void)state;
    model = make_model(N_CLASSES, SIZE);
    inputs = make_inputs(MOST, SIZE, SIZE);
    resnet_session *session = make_session(model, N_THREADS);
    assert_ok(resnet_session_logits(want, MOST * N_CLASSES, session, inputs, MOST, SIZE, SIZE));
    assert_ok(resnet_session_logits(want_one, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    resnet_session_free(session);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(inputs);
    resnet_model_free(model);
    return 0;
}

/* ---- executors ---- */

static int32_t run_here(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
{
    uint64_t *n_calls = user_data;
    for (uint64_t i = n_tasks; i-- > 0;) task(context, i);
    if (n_calls) *n_calls += n_tasks;
    return 0;
}

/* A host that computes with another rounding mode itself. */
static int32_t run_rounding_up(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
{
    fesetround(FE_UPWARD);
    run_here(NULL, n_tasks, task, context);
    if (fegetround() != FE_UPWARD) ++*(int *)user_data;
    fesetround(FE_TONEAREST);
    return 0;
}

typedef struct one_task {
    resnet_task task;
    void *context;
    uint64_t number;
} one_task;

static void *run_one(void *argument)
{
    const one_task *self = argument;
    self->task(self->context, self->number);
    return NULL;
}

static int32_t run_on_threads(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
{
    pthread_t threads[N_THREADS];
    one_task tasks[N_THREADS];
    (void)user_data;
    if (n_tasks > N_THREADS) return 1;
    for (uint64_t i = 0; i < n_tasks; i++) {
        tasks[i] = (one_task){task, context, i};
        if (pthread_create(&threads[i], NULL, run_one, &tasks[i]) != 0) return 1;
    }
    for (uint64_t i = 0; i < n_tasks; i++) pthread_join(threads[i], NULL);
    return 0;
}

/* Begins to fail when told to, so that a session can be made. */
static int32_t run_badly(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
{
    const int how = *(const int *)user_data;
    if (how == 1) return 7;
    if (how == 2) { /* leaves one out */
        for (uint64_t i = 1; i < n_tasks; i++) task(context, i);
        return 0;
    }
    if (how == 3) task(context, 0); /* twice */
    if (how == 4) task(context, n_tasks);
    return run_here(NULL, n_tasks, task, context);
}

static resnet_session *make_hosted(resnet_parallel_callback run, void *user_data,
                                   uint32_t is_concurrent)
{
    resnet_executor executor;
    resnet_session_options options;
    resnet_session *session = NULL;
    assert_ok(resnet_executor_init(&executor, sizeof executor));
    assert_ok(resnet_session_options_init(&options, sizeof options));
    executor.run = run;
    executor.user_data = user_data;
    executor.is_concurrent = is_concurrent;
    options.executor = &executor;
    options.n_threads = N_THREADS;
    assert_ok(resnet_session_create(&session, model, &options));
    memset(&executor, 0, sizeof executor); /* was copied */
    return session;
}

static void check_answers(resnet_session *session)
{
    float got[MOST * N_CLASSES];
    assert_int_equal(resnet_session_get_n_threads(session), N_THREADS);
    assert_ok(resnet_session_logits(got, MOST * N_CLASSES, session, inputs, MOST, SIZE, SIZE));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_logits(got, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    assert_memory_equal(want_one, got, sizeof want_one);
    resnet_session_free(session);
}

/* ---- tests ---- */

static void answers_are_the_same_bits(void **state)
{
    (void)state;
    uint64_t n_calls = 0;
    check_answers(make_hosted(run_here, &n_calls, 0));
    assert_true(n_calls > 3);
    check_answers(make_hosted(run_on_threads, NULL, 0));
    check_answers(make_hosted(run_on_threads, NULL, 1));
}

static void the_hosts_rounding_mode_is_its_own(void **state)
{
    (void)state;
    int n_changed = 0;
    check_answers(make_hosted(run_rounding_up, &n_changed, 0));
    assert_int_equal(n_changed, 0);
    fesetround(FE_UPWARD); /* threads inherit it */
    resnet_session *session = make_session(model, 2);
    float got[N_CLASSES];
    const resnet_status status =
        resnet_session_logits(got, N_CLASSES, session, inputs, 1, SIZE, SIZE);
    fesetround(FE_TONEAREST);
    assert_ok(status);
    assert_memory_equal(want_one, got, sizeof want_one);
    resnet_session_free(session);
}

static void check_bad(int how, resnet_status status, const char *text)
{
    int now = 0;
    float got[MOST * N_CLASSES];
    resnet_session *session = make_hosted(run_badly, &now, 0);
    assert_ok(resnet_session_prepare(session, MOST, SIZE, SIZE));
    now = how;
    assert_fails(resnet_session_logits(got, MOST * N_CLASSES, session, inputs, MOST, SIZE, SIZE),
                 status, text);
    now = 0;
    check_answers(session);
}

static void an_executor_that_fails_fails_the_call(void **state)
{
    (void)state;
    check_bad(1, RESNET_E_BACKEND, "ran 0 of 3 tasks and returned 7");
    check_bad(2, RESNET_E_BACKEND, "ran 2 of 3 tasks");
    check_bad(3, RESNET_E_STATE, "twice");
    check_bad(4, RESNET_E_STATE, "twice");
}

static void wrong_executors_are_refused(void **state)
{
    (void)state;
    resnet_executor executor;
    resnet_session_options options;
    resnet_session *session = NULL;
    assert_ok(resnet_executor_init(&executor, sizeof executor));
    assert_ok(resnet_session_options_init(&options, sizeof options));
    options.executor = &executor;
    assert_fails(resnet_session_create(&session, model, &options), RESNET_E_INVALID, "run");
    executor.run = run_here;
    executor.is_concurrent = 2;
    assert_fails(resnet_session_create(&session, model, &options), RESNET_E_INVALID,
                 "is_concurrent");
    executor.is_concurrent = 0;
    executor.struct_size = 0;
    assert_fails(resnet_session_create(&session, model, &options), RESNET_E_INVALID,
                 "resnet_executor");
    assert_null(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_the_same_bits),
        cmocka_unit_test(the_hosts_rounding_mode_is_its_own),
        cmocka_unit_test(an_executor_that_fails_fails_the_call),
        cmocka_unit_test(wrong_executors_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
