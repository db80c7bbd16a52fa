/* SPDX-License-Identifier: MIT */
#include "train/schedule.h"

#include <math.h>
#include <resnet/trainer.h>

static double multi_step_rate(const rn_schedule *s, double time)
{
    double rate = s->base_rate;
    for (size_t i = 0; i < s->n_milestones; i++)
        if (time >= s->milestones[i]) rate *= s->gamma;
    return rate;
}

/* Loshchilov and Hutter, "SGDR", 2016, equation 5, without restarts: the lowest rate stays. */
static double cosine_rate(const rn_schedule *s, double time)
{
    const double pi = 3.14159265358979323846;
    if (time >= s->length) return s->min_rate;
    return s->min_rate + (s->base_rate - s->min_rate) * (1 + cos(pi * time / s->length)) / 2;
}

double rn_schedule_get_rate(const rn_schedule *s, double time)
{
    if (time < s->warmup)
        return s->base_rate * (s->warmup_start + (1 - s->warmup_start) * time / s->warmup);
    const double since = time - s->warmup;
    switch (s->kind) {
    case RESNET_SCHEDULE_STEP:
        return s->base_rate * pow(s->gamma, floor(since / s->step_size));
    case RESNET_SCHEDULE_MULTI_STEP:
        return multi_step_rate(s, since);
    case RESNET_SCHEDULE_EXPONENTIAL:
        return s->base_rate * pow(s->gamma, since);
    case RESNET_SCHEDULE_COSINE:
        return cosine_rate(s, since);
    default:
        return s->base_rate;
    }
}
