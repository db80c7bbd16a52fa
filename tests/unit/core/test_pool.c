/* Worker threads. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/mem.h"
#include "core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_TASKS 1000
#define MAX_THREADS 8

typedef struct record {
    atomic_int runs[N_TASKS];
    size_t worker[N_TASKS];
    size_t fail_from; /* tasks from here on fail */
    resnet_status with;
} record;

static resnet_status note(void *context, size_t task, size_t worker)
{
    record *r = context;
    atomic_fetch_add(&r->runs[task], 1);
    r->worker[task] = worker;
    if (task % 7 == 0) sched_yield();
    if (task < r->fail_from) return RESNET_OK;
    return rn_fail(r->with, "task %zu", task);
}

static record fresh(void)
{
    return (record){.fail_from = SIZE_MAX};
}

static void each_task_runs_once(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
        rn_pool *pool = NULL;
        assert_ok(rn_pool_create(&pool, n_threads, NULL));
        assert_int_equal(rn_pool_get_n_threads(pool), n_threads);
        const size_t counts[] = {0, 1, n_threads, N_TASKS};
        for (size_t i = 0; i < 4; i++) {
            record r = fresh();
            assert_ok(rn_pool_run(pool, counts[i], note, &r));
            for (size_t t = 0; t < N_TASKS; t++) {
                assert_int_equal(atomic_load(&r.runs[t]), t < counts[i]);
                assert_true(r.worker[t] < n_threads);
            }
        }
        rn_pool_free(pool);
    }
}

static void pinned_tasks_have_their_worker(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= MAX_THREADS; n_threads += 3) {
        rn_pool *pool = NULL;
        record r = fresh();
        assert_ok(rn_pool_create(&pool, n_threads, NULL));
        assert_ok(rn_pool_run_pinned(pool, N_TASKS, note, &r));
        for (size_t t = 0; t < N_TASKS; t++) {
            assert_int_equal(atomic_load(&r.runs[t]), 1);
            assert_int_equal(r.worker[t], t % n_threads);
        }
        rn_pool_free(pool);
    }
}

static void many_short_jobs_in_a_row(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    assert_ok(rn_pool_create(&pool, 4, NULL));
    record r = fresh();
    for (size_t job = 0; job < 5000; job++)
        assert_ok(job % 2 ? rn_pool_run(pool, 5, note, &r) : rn_pool_run_pinned(pool, 5, note, &r));
    for (size_t t = 0; t < 5; t++) assert_int_equal(atomic_load(&r.runs[t]), 5000);
    rn_pool_free(pool);
}

/* Tasks below the failing ones have all been started, so the lowest failure is always the same. */
static void reports_the_lowest_failure(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
        rn_pool *pool = NULL;
        assert_ok(rn_pool_create(&pool, n_threads, NULL));
        for (int round = 0; round < 50; round++) {
            record r = fresh();
            r.fail_from = 300;
            r.with = RESNET_E_FORMAT;
            assert_fails(rn_pool_run(pool, N_TASKS, note, &r), RESNET_E_FORMAT, "task 300");
            assert_string_equal(resnet_last_error(), "task 300");
            for (size_t t = 0; t < 300; t++) assert_int_equal(atomic_load(&r.runs[t]), 1);
            assert_int_equal(atomic_load(&r.runs[N_TASKS - 1]), 0);
        }
        record r = fresh(); /* and the pool is still good */
        assert_ok(rn_pool_run(pool, N_TASKS, note, &r));
        rn_pool_free(pool);
    }
}

static resnet_status check_mask(void *context, size_t task, size_t worker)
{
    sigset_t mask;
    (void)context, (void)task, (void)worker;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (sigismember(&mask, SIGTERM) && sigismember(&mask, SIGINT) && sigismember(&mask, SIGPROF))
        return RESNET_OK;
    return rn_fail(RESNET_E_INTERNAL, "a worker takes signals");
}

static void workers_block_signals(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_ok(rn_pool_create(&pool, 2, NULL));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int signal = 1; signal < SIGRTMAX; signal++)
        assert_int_equal(sigismember(&before, signal), sigismember(&after, signal));
    assert_ok(rn_pool_run(pool, 10, check_mask, NULL));
    rn_pool_free(pool);
}

static atomic_int n_started;

static void count_start(void)
{
    atomic_fetch_add(&n_started, 1);
}

static void start_runs_on_each_worker(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    record r = fresh();
    atomic_store(&n_started, 0);
    assert_ok(rn_pool_create(&pool, 5, count_start));
    assert_ok(rn_pool_run(pool, 5, note, &r));
    rn_pool_free(pool);
    assert_int_equal(atomic_load(&n_started), 5);
}

static void zero_threads_means_all_cores(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    assert_ok(rn_pool_create(&pool, 0, NULL));
    assert_true(rn_pool_get_n_threads(pool) >= 1);
    rn_pool_free(pool);
    rn_pool_free(NULL);
}

static void a_forked_child_is_told(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    record r = fresh();
    assert_ok(rn_pool_create(&pool, 2, NULL));
    assert_ok(rn_pool_run(pool, 4, note, &r));
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const bool told = rn_pool_run(pool, 4, note, &r) == RESNET_E_STATE &&
                          strstr(resnet_last_error(), "fork()");
        rn_pool_free(pool);
        _exit(told ? 0 : 1);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    assert_ok(rn_pool_run(pool, 4, note, &r));
    rn_pool_free(pool);
}

static void out_of_memory(void **state)
{
    (void)state;
    resnet_status status = RESNET_E_NOMEM;
    uint64_t k = 1;
    for (; status != RESNET_OK; k++) {
        rn_pool *pool = NULL;
        rn_mem_fail_at(k);
        status = rn_pool_create(&pool, 3, NULL);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_true((pool != NULL) == (status == RESNET_OK));
        rn_pool_free(pool);
    }
    assert_true(k > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_runs_once),
        cmocka_unit_test(pinned_tasks_have_their_worker),
        cmocka_unit_test(many_short_jobs_in_a_row),
        cmocka_unit_test(reports_the_lowest_failure),
        cmocka_unit_test(workers_block_signals),
        cmocka_unit_test(start_runs_on_each_worker),
        cmocka_unit_test(zero_threads_means_all_cores),
        cmocka_unit_test(a_forked_child_is_told),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
