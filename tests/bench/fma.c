/* fma.c: how fast this machine multiplies and adds right now.
 *
 *      fma THREADS SECONDS
 *
 *  prints the GFLOP/s of THREADS threads, each pinned to one of the first processors it may use, in
 *  a loop of fused multiply-adds on registers: no memory, no waiting, so anything below the best
 *  figure seen means that the processors were slowed down or taken away. Compile with -march=native.
 *  SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_THREADS 256
#define N_CHAINS 12 /* independent sums, enough to hide the latency of one FMA */
#define N_INNER 10000
#ifdef __AVX512F__
#define N_LANES 16
#else
#define N_LANES 8
#endif

typedef float lanes __attribute__((vector_size(4 * N_LANES)));

typedef struct {
    pthread_t thread;
    int processor;
    double seconds; /* to run for */
    double gflops;  /* result */
    float sink;     /* keeps the sums alive */
} worker;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void multiply_add(lanes sums[N_CHAINS], lanes factor, lanes term)
{
    lanes s[N_CHAINS];
    memcpy(s, sums, sizeof s);
    for (int i = 0; i < N_INNER; i++)
        for (int k = 0; k < N_CHAINS; k++) s[k] = s[k] * factor + term;
    memcpy(sums, s, sizeof s);
}

static void *work(void *argument)
{
    worker *self = argument;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(self->processor, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    lanes sums[N_CHAINS] = {0};
    lanes factor = (lanes){0} + 0.999f;
    lanes term = (lanes){0} + 0.001f;
    double start = now(), end = start, n_flops = 0;
    while (end - start < self->seconds) {
        multiply_add(sums, factor, term);
        n_flops += 2.0 * N_INNER * N_CHAINS * N_LANES;
        end = now();
    }
    for (int k = 0; k < N_CHAINS; k++) self->sink += sums[k][0];
    self->gflops = n_flops / (end - start) * 1e-9;
    return NULL;
}

int main(int argc, char **argv)
{
    static worker workers[MAX_THREADS];
    int n_threads = argc == 3 ? atoi(argv[1]) : 0;
    cpu_set_t allowed;
    if (n_threads < 1 || n_threads > MAX_THREADS || sched_getaffinity(0, sizeof allowed, &allowed))
        return fprintf(stderr, "usage: fma THREADS SECONDS\n"), 2;
    int n = 0;
    for (int processor = 0; processor < CPU_SETSIZE && n < n_threads; processor++)
        if (CPU_ISSET(processor, &allowed))
            workers[n++] = (worker){.processor = processor, .seconds = atof(argv[2])};
    double total = 0, checksum = 0;
    for (int i = 0; i < n; i++) pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    for (int i = 0; i < n; i++) {
        pthread_join(workers[i].thread, NULL);
        total += workers[i].gflops;
        checksum += (double)workers[i].sink;
    }
    printf("%.1f\n", checksum > 0 ? total : 0);
    return 0;
}
