/* SPDX-License-Identifier: MIT */
#include "stopwatch.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

double stopwatch_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double peak_rss_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void sort_ascending(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
}

double quantile(const double *ascending, size_t n, double share)
{
    const double place = share * (double)(n - 1);
    const size_t below = (size_t)place;
    if (below + 1 >= n) return ascending[n - 1];
    return ascending[below] + (place - (double)below) * (ascending[below + 1] - ascending[below]);
}
