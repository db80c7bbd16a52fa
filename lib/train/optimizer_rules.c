/* Formulas: torch.optim (SGD, Adam, AdamW, RMSprop; the "single tensor" forms). LARS: You, Gitman,
 * Ginsburg, "Large batch training of convolutional networks", 2017, algorithm 1. One plain loop
 * each, so that the compiler vectorises it. SPDX-License-Identifier: MIT */
#include "train/optimizer_rules.h"

#include <math.h>

void rn_rule_sgd(const rn_rule_scalars *s, size_t n, const float *restrict g, float *restrict p,
                 float *restrict first, float *restrict second)
{
    (void)first, (void)second;
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * s->scale + s->l2 * p[i];
        p[i] = p[i] * s->shrink - s->rate * d;
    }
}

void rn_rule_sgd_momentum(const rn_rule_scalars *s, size_t n, const float *restrict g,
                          float *restrict p, float *restrict m, float *restrict second)
{
    (void)second;
    const float fresh = s->nesterov, kept = s->nesterov != 0 ? s->momentum : 1;
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * s->scale + s->l2 * p[i];
        m[i] = s->momentum * m[i] + d;
        p[i] = p[i] * s->shrink - s->rate * (fresh * d + kept * m[i]);
    }
}

void rn_rule_adam(const rn_rule_scalars *s, size_t n, const float *restrict g, float *restrict p,
                  float *restrict m, float *restrict v)
{
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * s->scale + s->l2 * p[i];
        m[i] += s->fresh1 * (d - m[i]);
        v[i] = s->beta2 * v[i] + s->fresh2 * d * d;
        const float below = sqrtf(v[i]) / s->second_correction + s->epsilon;
        p[i] = p[i] * s->shrink - s->rate * m[i] / below;
    }
}

void rn_rule_rmsprop(const rn_rule_scalars *s, size_t n, const float *restrict g, float *restrict p,
                     float *restrict v, float *restrict second)
{
    (void)second;
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * s->scale + s->l2 * p[i];
        v[i] = s->beta2 * v[i] + s->fresh2 * d * d;
        p[i] = p[i] * s->shrink - s->rate * d / (sqrtf(v[i]) + s->epsilon);
    }
}

void rn_rule_rmsprop_momentum(const rn_rule_scalars *s, size_t n, const float *restrict g,
                              float *restrict p, float *restrict v, float *restrict m)
{
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * s->scale + s->l2 * p[i];
        v[i] = s->beta2 * v[i] + s->fresh2 * d * d;
        m[i] = s->momentum * m[i] + d / (sqrtf(v[i]) + s->epsilon);
        p[i] = p[i] * s->shrink - s->rate * m[i];
    }
}

void rn_rule_lars(const rn_rule_scalars *s, size_t n, const float *restrict g, float *restrict p,
                  float *restrict m, float *restrict second)
{
    (void)second;
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * s->scale + s->l2 * p[i];
        m[i] = s->momentum * m[i] + s->rate * d;
        p[i] = p[i] * s->shrink - m[i];
    }
}

#define LANES 16

double rn_rule_sum_squares(const float *values, size_t n)
{
    double sums[LANES] = {0};
    const size_t whole = n / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            const double value = values[i + lane];
            sums[lane] += value * value;
        }
    double total = 0;
    for (size_t lane = 0; lane < LANES; lane++) total += sums[lane];
    for (size_t i = whole; i < n; i++) total += (double)values[i] * values[i];
    return total;
}
