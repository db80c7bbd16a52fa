/** Time, memory, and what to make of many times. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_STOPWATCH_H
#define EXAMPLES_STOPWATCH_H

#include <stddef.h>

/** Seconds since some fixed moment. */
double stopwatch_seconds(void);

/** The most memory this process has held so far, in MiB. */
double peak_rss_mib(void);

void sort_ascending(double *values, size_t n);

/** The value below which `share` of the n ascending ones are, between neighbours by straight line.
 */
double quantile(const double *ascending, size_t n, double share);

#endif
