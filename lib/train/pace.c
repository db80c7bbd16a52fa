/* SPDX-License-Identifier: MIT */
#include "train/pace.h"

#include "core/clock.h"

#include <math.h>

/* Seconds. */
static double now(void)
{
    return 1e-9 * (double)rn_clock_now();
}

rn_pace rn_pace_start(void)
{
    return (rn_pace){.started = now()};
}

void rn_pace_add(rn_pace *pace, size_t n_images)
{
    pace->n_images += n_images;
    pace->n_steps++;
}

void rn_pace_end(rn_pace *pace)
{
    pace->ended = now();
}

double rn_pace_get_seconds(const rn_pace *pace)
{
    return (pace->ended > 0 ? pace->ended : now()) - pace->started;
}

double rn_pace_get_rate(const rn_pace *pace)
{
    const double seconds = rn_pace_get_seconds(pace);
    return seconds > 0 ? (double)pace->n_images / seconds : 0;
}

double rn_pace_estimate(const rn_pace *pace, uint64_t step, uint64_t n_steps, double more)
{
    if (pace->n_steps == 0) return NAN;
    const double left = (double)(n_steps - step) + more * (double)n_steps;
    return left * rn_pace_get_seconds(pace) / (double)pace->n_steps;
}
