/* SPDX-License-Identifier: MIT */
#include "dnn/global_pool.h"

#include <string.h>

/* One lane of one plane: pixels `block` floats apart. */
static float mean_of(const float *x, size_t pixels, size_t block)
{
    float sum = 0;
    for (size_t p = 0; p < pixels; p++) sum += x[p * block];
    return sum / (float)pixels;
}

static size_t largest_of(const float *x, size_t pixels, size_t block)
{
    size_t best = 0;
    for (size_t p = 1; p < pixels; p++)
        if (x[p * block] > x[best * block]) best = p;
    return best;
}

static size_t lane_start(const rn_batchnorm_shape *s, size_t image, size_t channel)
{
    const size_t block = s->block;
    return (image * (s->channels / block) + channel / block) * s->pixels * block + channel % block;
}

void rn_global_pool_forward(const rn_batchnorm_shape *s, bool max, size_t first, size_t last,
                            const float *x, float *y)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t c = first; c < last; c++) {
            const float *lane = x + lane_start(s, i, c);
            y[i * s->channels + c] = max ? lane[largest_of(lane, s->pixels, s->block) * s->block]
                                         : mean_of(lane, s->pixels, s->block);
        }
}

void rn_global_pool_backward(const rn_batchnorm_shape *s, bool max, const float *x, const float *dy,
                             float *dx)
{
    memset(dx, 0, s->n * s->channels * s->pixels * sizeof *dx);
    for (size_t i = 0; i < s->n; i++)
        for (size_t c = 0; c < s->channels; c++) {
            const size_t start = lane_start(s, i, c);
            const float g = dy[i * s->channels + c];
            if (max) {
                dx[start + largest_of(x + start, s->pixels, s->block) * s->block] = g;
                continue;
            }
            for (size_t p = 0; p < s->pixels; p++) dx[start + p * s->block] = g / (float)s->pixels;
        }
}
