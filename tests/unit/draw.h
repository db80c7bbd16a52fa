/* Numbers for tests, the same in every run and, for tests/golden/make_net.py, in numpy.
 * SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_DRAW_H
#define RN_TESTS_DRAW_H

#include "check.h"

#include "core/mem.h"
#include "core/rng.h"

/** Uniform in [low, high); each stream is another row of numbers. */
static inline void draw_uniform(float *out, size_t count, uint64_t stream, double low, double high)
{
    rn_rng rng = rn_rng_make(2015, RN_RNG_INIT, stream, 0);
    for (size_t i = 0; i < count; i++) out[i] = (float)(low + (high - low) * rn_rng_uniform(&rng));
}

/** The same in a fresh block for rn_free(). */
static inline float *draw_floats(size_t count, uint64_t stream, double low, double high)
{
    float *values = rn_alloc(count, sizeof *values);
    assert_non_null(values);
    draw_uniform(values, count, stream, low, high);
    return values;
}

static inline double *make_doubles(size_t count)
{
    double *values = rn_calloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

static inline float *make_floats(size_t count)
{
    float *values = rn_calloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

static inline double *to_doubles(const float *values, size_t count)
{
    double *wide = make_doubles(count);
    for (size_t i = 0; i < count; i++) wide[i] = (double)values[i];
    return wide;
}

#endif
