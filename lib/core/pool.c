/* Workers sleep on a condition variable between jobs; within a job they take task numbers from an
 * atomic counter. SPDX-License-Identifier: MIT */
#include "core/pool.h"

#include "core/arithmetic.h"
#include "core/cores.h"
#include "core/mem.h"
#include "core/thread.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

typedef struct pool_job {
    rn_pool_task task;
    void *context;
    size_t n_tasks;
    bool pinned;
} pool_job;

typedef struct worker {
    rn_pool *pool;
    pthread_t thread; /* none on the host's threads */
    size_t index;
    atomic_bool has_run; /* in this job, on the host's threads */
} worker;

struct rn_pool {
    size_t n_threads;
    size_t n_started;
    worker *workers;
    rn_pool_start on_start;
    pid_t pid;
    resnet_executor executor; /* run NULL: threads of our own */
    rn_pool_visit visit;

    pthread_mutex_t mutex; /* guards what follows up to `next` */
    pthread_cond_t wake;   /* a job or the end is there */
    pthread_cond_t idle;   /* the last worker left the job */
    uint64_t job_number;
    size_t n_busy;
    bool ending;
    pool_job job;
    resnet_status status; /* of the lowest failing task */
    size_t failed_task;
    char message[1024];

    _Alignas(64) atomic_size_t next; /* first task nobody took */
    atomic_size_t n_entered, n_left; /* of the host's calls */
    atomic_bool failed;
};

static void record_failure(rn_pool *pool, size_t task, resnet_status status)
{
    pthread_mutex_lock(&pool->mutex);
    if (pool->status == RESNET_OK || task < pool->failed_task) {
        pool->status = status;
        pool->failed_task = task;
        snprintf(pool->message, sizeof pool->message, "%s", resnet_last_error());
    }
    pthread_mutex_unlock(&pool->mutex);
    atomic_store(&pool->failed, true);
}

static void run_task(rn_pool *pool, const pool_job *job, size_t task, size_t worker_index)
{
    const resnet_status status = job->task(job->context, task, worker_index);
    if (status != RESNET_OK) record_failure(pool, task, status);
}

static void work(rn_pool *pool, const pool_job *job, size_t worker_index)
{
    if (job->pinned) {
        for (size_t t = worker_index; t < job->n_tasks; t += pool->n_threads) {
            if (atomic_load(&pool->failed)) return;
            run_task(pool, job, t, worker_index);
        }
        return;
    }
    while (!atomic_load(&pool->failed)) {
        const size_t t = atomic_fetch_add(&pool->next, 1);
        if (t >= job->n_tasks) return;
        run_task(pool, job, t, worker_index);
    }
}

static void *worker_main(void *argument)
{
    worker *self = argument;
    rn_pool *pool = self->pool;
    uint64_t seen = 0;
    rn_arithmetic_start_thread();
    if (pool->on_start) pool->on_start();
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->job_number == seen && !pool->ending)
            pthread_cond_wait(&pool->wake, &pool->mutex);
        if (pool->ending) break;
        seen = pool->job_number;
        const pool_job current = pool->job;
        pthread_mutex_unlock(&pool->mutex);
        work(pool, &current, self->index);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->n_busy == 0) pthread_cond_signal(&pool->idle);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static resnet_status start_workers(rn_pool *pool)
{
    for (size_t i = 0; i < pool->n_threads; i++) {
        pool->workers[i] = (worker){.pool = pool, .index = i};
        if (!rn_thread_start(&pool->workers[i].thread, worker_main, &pool->workers[i])) break;
        pool->n_started++;
    }
    if (pool->n_started == pool->n_threads) return RESNET_OK;
    return rn_fail(RESNET_E_NOMEM, "cannot start worker thread %zu of %zu", pool->n_started + 1,
                   pool->n_threads);
}

/* A pool whose workers are not there yet. */
static rn_pool *make_pool(size_t n_threads)
{
    rn_pool *pool = rn_calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->n_threads = n_threads ? n_threads : rn_cores_available();
    pool->pid = getpid();
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->idle, NULL);
    pool->workers = rn_calloc(pool->n_threads, sizeof *pool->workers);
    if (pool->workers) return pool;
    rn_pool_free(pool);
    return NULL;
}

resnet_status rn_pool_create(rn_pool **out, size_t n_threads, rn_pool_start on_start)
{
    rn_pool *pool = make_pool(n_threads);
    if (!pool) return RESNET_E_NOMEM;
    pool->on_start = on_start;
    const resnet_status status = start_workers(pool);
    if (status != RESNET_OK) {
        rn_pool_free(pool);
        return status;
    }
    *out = pool;
    return RESNET_OK;
}

resnet_status rn_pool_create_hosted(rn_pool **out, size_t n_threads,
                                    const resnet_executor *executor, const rn_pool_visit *visit)
{
    rn_pool *pool = make_pool(n_threads);
    if (!pool) return RESNET_E_NOMEM;
    pool->executor = *executor;
    if (visit) pool->visit = *visit;
    for (size_t i = 0; i < pool->n_threads; i++)
        pool->workers[i] = (worker){.pool = pool, .index = i};
    *out = pool;
    return RESNET_OK;
}

bool rn_pool_is_concurrent(const rn_pool *pool)
{
    return !pool->executor.run || pool->executor.is_concurrent;
}

void rn_pool_free(rn_pool *pool)
{
    if (!pool) return;
    if (pool->pid == getpid()) { /* after fork() there is nobody to wait for */
        pthread_mutex_lock(&pool->mutex);
        pool->ending = true;
        pthread_cond_broadcast(&pool->wake);
        pthread_mutex_unlock(&pool->mutex);
        for (size_t i = 0; i < pool->n_started; i++) pthread_join(pool->workers[i].thread, NULL);
        pthread_cond_destroy(&pool->idle);
        pthread_cond_destroy(&pool->wake);
        pthread_mutex_destroy(&pool->mutex);
    }
    rn_free(pool->workers);
    rn_free(pool);
}

size_t rn_pool_get_n_threads(const rn_pool *pool)
{
    return pool->n_threads;
}

/* One of the executor's tasks is one of our workers. */
static void visit(void *context, uint64_t index)
{
    rn_pool *pool = context;
    if (index >= pool->n_threads || atomic_exchange(&pool->workers[index].has_run, true)) {
        record_failure(pool, 0,
                       rn_fail(RESNET_E_STATE,
                               "the host's executor ran task %llu twice, "
                               "or one that is none",
                               (unsigned long long)index));
        return;
    }
    atomic_fetch_add(&pool->n_entered, 1);
    const fenv_t before = rn_arithmetic_enter();
    const int how = pool->visit.enter ? pool->visit.enter() : 0;
    work(pool, &pool->job, (size_t)index);
    if (pool->visit.leave) pool->visit.leave(how);
    rn_arithmetic_leave(&before);
    atomic_fetch_add(&pool->n_left, 1);
}

/* An executor that returns too early must not leave tasks behind in memory that will be freed. */
static resnet_status finish_hosted(rn_pool *pool, size_t n, int32_t answer)
{
    while (atomic_load(&pool->n_left) < atomic_load(&pool->n_entered)) sched_yield();
    const size_t n_run = atomic_load(&pool->n_left);
    if (pool->status != RESNET_OK) {
        rn_error_set_message(pool->message);
        return pool->status;
    }
    if (answer == 0 && n_run == n) return RESNET_OK;
    return rn_fail(RESNET_E_BACKEND, "the host's executor ran %zu of %zu tasks and returned %d",
                   n_run, n, (int)answer);
}

static resnet_status run_hosted(rn_pool *pool)
{
    const size_t n = pool->job.n_tasks < pool->n_threads ? pool->job.n_tasks : pool->n_threads;
    for (size_t i = 0; i < pool->n_threads; i++) atomic_store(&pool->workers[i].has_run, i >= n);
    const int32_t answer = pool->executor.run(pool->executor.user_data, n, visit, pool);
    return finish_hosted(pool, n, answer);
}

static void begin_job(rn_pool *pool, const pool_job *job)
{
    pool->job = *job;
    pool->status = RESNET_OK;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->n_entered, 0);
    atomic_store(&pool->n_left, 0);
    atomic_store(&pool->failed, false);
}

static resnet_status run_job(rn_pool *pool, const pool_job *job)
{
    if (pool->pid != getpid())
        return rn_fail(RESNET_E_STATE, "this handle was created before fork(); its worker threads "
                                       "live in the parent only");
    if (pool->executor.run) {
        begin_job(pool, job);
        return run_hosted(pool);
    }
    pthread_mutex_lock(&pool->mutex);
    begin_job(pool, job);
    pool->n_busy = pool->n_threads;
    pool->job_number++;
    pthread_cond_broadcast(&pool->wake);
    while (pool->n_busy > 0) pthread_cond_wait(&pool->idle, &pool->mutex);
    const resnet_status status = pool->status;
    if (status != RESNET_OK) rn_error_set_message(pool->message);
    pthread_mutex_unlock(&pool->mutex);
    return status;
}

resnet_status rn_pool_run(rn_pool *pool, size_t n_tasks, rn_pool_task task, void *context)
{
    return run_job(pool, &(pool_job){task, context, n_tasks, false});
}

resnet_status rn_pool_run_pinned(rn_pool *pool, size_t n_tasks, rn_pool_task task, void *context)
{
    return run_job(pool, &(pool_job){task, context, n_tasks, true});
}
