/* Sums run in float over CHUNK pixels of a channel and in double beyond; each channel of a block is
 * a lane, so that the order of additions does not depend on the vector width.
 * SPDX-License-Identifier: MIT */
#include "dnn/batchnorm.h"

#include "dnn/vector.h"

#include <stdint.h>

#define CHUNK 32

RN_INLINE size_t chunk_end(size_t start, size_t pixels)
{
    return start + CHUNK < pixels ? start + CHUNK : pixels;
}

#define BLOCK 16
#define IN(name) name##_16
#include "dnn/batchnorm_lanes.h"
#undef IN
#undef BLOCK

#define BLOCK 8
#define IN(name) name##_8
#include "dnn/batchnorm_lanes.h"
#undef IN
#undef BLOCK

#define BLOCK 1
#define IN(name) name##_1
#include "dnn/batchnorm_lanes.h"
#undef IN
#undef BLOCK

/* The loop for the shape's block. */
#define DISPATCH(body, s, ...)                                                                     \
    do {                                                                                           \
        if ((s)->block == 16)                                                                      \
            body##_16(s, __VA_ARGS__);                                                             \
        else if ((s)->block == 8)                                                                  \
            body##_8(s, __VA_ARGS__);                                                              \
        else                                                                                       \
            body##_1(s, __VA_ARGS__);                                                              \
    } while (0)

RN_CLONES void rn_batchnorm_stats(const rn_batchnorm_shape *s, const float *z, double *mean,
                                  double *m2)
{
    DISPATCH(stats, s, z, mean, m2);
}

RN_CLONES void rn_batchnorm_apply(const rn_batchnorm_shape *s, const float *z, const float *scale,
                                  const float *shift, float *y)
{
    DISPATCH(apply, s, z, scale, shift, y);
}

RN_CLONES void rn_batchnorm_apply_sum(const rn_batchnorm_shape *s, const float *z,
                                      const float *scale, const float *shift, const float *residual,
                                      const float *r_scale, const float *r_shift, float *y)
{
    if (r_scale)
        DISPATCH(apply_sum, s, z, scale, shift, residual, r_scale, r_shift, y);
    else
        DISPATCH(apply_sum, s, z, scale, shift, residual, NULL, NULL, y);
}

RN_CLONES void rn_batchnorm_backward_sums(const rn_batchnorm_shape *s, const float *dy,
                                          const float *z, const float *scale, const float *shift,
                                          const float *mean, double *sum_g, double *sum_gz)
{
    DISPATCH(backward_sums, s, dy, z, scale, shift, mean, sum_g, sum_gz);
}

RN_CLONES void rn_batchnorm_backward(const rn_batchnorm_shape *s, const float *dy, const float *z,
                                     const float *scale, const float *shift, const float *mean,
                                     const float *a, const float *b, const float *c, float *dz)
{
    if (scale)
        DISPATCH(backward, s, dy, z, scale, shift, mean, a, b, c, dz);
    else
        DISPATCH(backward, s, dy, z, NULL, NULL, mean, a, b, c, dz);
}

RN_CLONES void rn_batchnorm_backward_residual(const rn_batchnorm_shape *s, float *g,
                                              const float *other, const float *out, double *sum_g,
                                              const rn_batchnorm_branch *branches,
                                              size_t n_branches)
{
    DISPATCH(backward_residual, s, g, other, out, sum_g, branches, n_branches);
}
