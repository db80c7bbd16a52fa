/* Threads that meet. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/barrier.h"
#include "core/pool.h"

#define MAX_THREADS 8
#define N_ROUNDS 400

typedef struct meeting {
    rn_barrier barrier;
    size_t n_threads;
    size_t round_of[MAX_THREADS]; /* plain: the barrier alone orders what is read and written */
} meeting;

static resnet_status meet(void *context, size_t task, size_t worker)
{
    meeting *m = context;
    (void)worker;
    for (size_t round = 1; round <= N_ROUNDS; round++) {
        m->round_of[task] = round;
        rn_barrier_wait(&m->barrier);
        for (size_t other = 0; other < m->n_threads; other++)
            if (m->round_of[other] != round)
                return rn_fail(RESNET_E_INTERNAL, "%zu is at %zu", other, m->round_of[other]);
        rn_barrier_wait(&m->barrier);
    }
    return RESNET_OK;
}

static void nobody_runs_ahead(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= MAX_THREADS; n_threads += n_threads < 4 ? 1 : 4) {
        rn_pool *pool = NULL;
        meeting m = {.n_threads = n_threads};
        rn_barrier_init(&m.barrier, n_threads);
        assert_ok(rn_pool_create(&pool, n_threads, NULL));
        assert_ok(rn_pool_run_pinned(pool, n_threads, meet, &m));
        rn_pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_runs_ahead)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
