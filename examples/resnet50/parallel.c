/* SPDX-License-Identifier: MIT */
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#define MAX_HELPERS 64

typedef struct loop {
    void (*turn)(void *user_data, size_t i);
    void *user_data;
    size_t n;
    atomic_size_t next;
} loop;

static void *take_turns(void *argument)
{
    loop *self = argument;
    size_t i = 0;
    while ((i = atomic_fetch_add(&self->next, 1)) < self->n) self->turn(self->user_data, i);
    return NULL;
}

/* The caller takes turns too, so that it all gets done even when no thread can be started. */
void run_parallel(void (*turn)(void *user_data, size_t i), void *user_data, size_t n,
                  size_t n_threads)
{
    loop self = {.turn = turn, .user_data = user_data, .n = n};
    pthread_t helpers[MAX_HELPERS];
    size_t n_helpers = 0;
    while (n_helpers + 1 < n_threads && n_helpers + 1 < n && n_helpers < MAX_HELPERS &&
           pthread_create(&helpers[n_helpers], NULL, take_turns, &self) == 0)
        n_helpers++;
    take_turns(&self);
    while (n_helpers) pthread_join(helpers[--n_helpers], NULL);
}
