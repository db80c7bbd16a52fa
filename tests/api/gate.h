/** An executor that lets work through only while its gate is open, so that tests decide when the
 *  network runs. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_GATE_H
#define RN_TESTS_GATE_H

#include <pthread.h>
#include <resnet/executor.h>

typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int is_open, n_waiting;
} gate;

#define GATE_CLOSED                                                                                \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0                                  \
    }

static inline int32_t gate_run(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
{
    gate *self = user_data;
    pthread_mutex_lock(&self->mutex);
    self->n_waiting++;
    pthread_cond_broadcast(&self->changed);
    while (!self->is_open) pthread_cond_wait(&self->changed, &self->mutex);
    self->n_waiting--;
    pthread_mutex_unlock(&self->mutex);
    for (uint64_t i = 0; i < n_tasks; i++) task(context, i);
    return 0;
}

static inline void gate_set(gate *self, int is_open)
{
    pthread_mutex_lock(&self->mutex);
    self->is_open = is_open;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
}

/** Until somebody stands before the closed gate. */
static inline void gate_await_visitor(gate *self)
{
    pthread_mutex_lock(&self->mutex);
    while (self->n_waiting == 0) pthread_cond_wait(&self->changed, &self->mutex);
    pthread_mutex_unlock(&self->mutex);
}

#endif
