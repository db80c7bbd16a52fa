/* Batch norm, the residual sum and ReLU as their definitions have them, in double, on plain
 * [n][channels][pixels], for finite differences. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_NAIVE_BATCHNORM_H
#define RN_TESTS_NAIVE_BATCHNORM_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct naive_batchnorm {
    size_t n, channels, pixels;
    double epsilon;
    const double *stored_mean, *stored_variance; /* used instead of the batch's unless NULL */
} naive_batchnorm;

static inline double naive_moment(const naive_batchnorm *b, const double *z, size_t c, double about,
                                  int power)
{
    double sum = 0;
    for (size_t i = 0; i < b->n; i++)
        for (size_t p = 0; p < b->pixels; p++)
            sum += pow(z[(i * b->channels + c) * b->pixels + p] - about, power);
    return sum / (double)(b->n * b->pixels);
}

/** out += gamma (z - mean) / sqrt(variance + epsilon) + beta */
static inline void naive_normalise(const naive_batchnorm *b, const double *z, const double *gamma,
                                   const double *beta, double *out)
{
    for (size_t c = 0; c < b->channels; c++) {
        const double mean = b->stored_mean ? b->stored_mean[c] : naive_moment(b, z, c, 0, 1);
        const double variance =
            b->stored_variance ? b->stored_variance[c] : naive_moment(b, z, c, mean, 2);
        for (size_t i = 0; i < b->n; i++)
            for (size_t p = 0; p < b->pixels; p++) {
                const size_t at = (i * b->channels + c) * b->pixels + p;
                out[at] += gamma[c] * (z[at] - mean) / sqrt(variance + b->epsilon) + beta[c];
            }
    }
}

static inline void naive_relu(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) x[i] = x[i] > 0 ? x[i] : 0;
}

#endif
