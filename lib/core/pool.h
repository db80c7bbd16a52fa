/** A fixed set of worker threads that share out the tasks of one job at a time.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_POOL_H
#define RN_CORE_POOL_H

#include "core/error.h"

#include <resnet/executor.h>
#include <stdbool.h>

typedef struct rn_pool rn_pool;

/** One task of a job: `task` in [0, n_tasks), `worker` in [0, n_threads). A failing task stops
 *  further ones from being started. */
typedef resnet_status (*rn_pool_task)(void *context, size_t task, size_t worker);

/** Called once on each worker before its first job; may be NULL. */
typedef void (*rn_pool_start)(void);

/** n_threads 0: as many as this process may use (core/cores.h). Workers block all
 *  signals and calculate as core/arithmetic.h says, whatever the caller's thread does. */
resnet_status rn_pool_create(rn_pool **out, size_t n_threads, rn_pool_start on_start);

/** What a host's thread is set to while it works for us. */
typedef struct rn_pool_visit {
    int (*enter)(void); /* returns how it was */
    void (*leave)(int before);
} rn_pool_visit;
/** The same on the host's threads: a worker is a task of its executor. `visit` may be NULL. */
resnet_status rn_pool_create_hosted(rn_pool **out, size_t n_threads,
                                    const resnet_executor *executor, const rn_pool_visit *visit);
/** Whether the tasks of a job up to n_threads run at the same time and may wait for each other. */
bool rn_pool_is_concurrent(const rn_pool *pool);
/** Waits for the workers to end; NULL is fine. */
void rn_pool_free(rn_pool *pool);
size_t rn_pool_get_n_threads(const rn_pool *pool);

/** Runs task 0..n_tasks-1 on the workers and waits. Which worker takes which task is not fixed, so
 *  tasks must not care. Returns the failure of the lowest failing task, with its message. One job
 *  at a time; STATE after fork(), since workers do not survive it. */
resnet_status rn_pool_run(rn_pool *pool, size_t n_tasks, rn_pool_task task, void *context);

/** The same, but task t always runs on worker t % n_threads: for work that has a home in one core's
 *  cache. */
resnet_status rn_pool_run_pinned(rn_pool *pool, size_t n_tasks, rn_pool_task task, void *context);

#endif
