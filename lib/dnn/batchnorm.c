/* Sums run in float over CHUNK pixels of a channel and in double beyond; each channel of a block is
 * a lane, so that the order of additions does not depend on the vector width.
 * SPDX-License-Identifier: MIT */
#include "dnn/batchnorm.h"

#include "dnn/vector.h"

#include <stdbool.h>
#include <string.h>

#define MAX_BLOCK 16
#define CHUNK 32

/* Calls body(..., block) with the block as a constant, for the three blocks there are. */
#define FOR_BLOCK(block, body, ...)                                                                \
    do {                                                                                           \
        if ((block) == 16)                                                                         \
            body(__VA_ARGS__, 16);                                                                 \
        else if ((block) == 8)                                                                     \
            body(__VA_ARGS__, 8);                                                                  \
        else                                                                                       \
            body(__VA_ARGS__, 1);                                                                  \
    } while (0)

/* Where channel block `cb` of image `i` starts. */
RN_INLINE size_t plane(const rn_batchnorm_shape *s, size_t i, size_t cb, size_t block)
{
    return (i * (s->channels / block) + cb) * s->pixels * block;
}

RN_INLINE size_t chunk_end(size_t start, size_t pixels)
{
    return start + CHUNK < pixels ? start + CHUNK : pixels;
}

RN_INLINE void flush(double *sums, float *chunk, size_t block)
{
    for (size_t l = 0; l < block; l++) {
        sums[l] += (double)chunk[l];
        chunk[l] = 0;
    }
}

/* s1 += sum (z - origin), s2 += sum (z - origin)^2 over one plane */
RN_INLINE void add_moments(const float *restrict z, size_t pixels, const float *restrict origin,
                           double *s1, double *s2, size_t block)
{
    float c1[MAX_BLOCK] = {0}, c2[MAX_BLOCK] = {0};
    for (size_t p = 0; p < pixels;) {
        for (const size_t end = chunk_end(p, pixels); p < end; p++)
            for (size_t l = 0; l < block; l++) {
                const float d = z[p * block + l] - origin[l];
                c1[l] += d;
                c2[l] += d * d;
            }
        flush(s1, c1, block);
        flush(s2, c2, block);
    }
}

/* Moments about the first value of each channel, which keeps them small, then about the mean. */
RN_INLINE void stats(const rn_batchnorm_shape *s, const float *z, double *mean, double *m2,
                     size_t block)
{
    const double count = (double)(s->n * s->pixels);
    for (size_t cb = 0; cb < s->channels / block; cb++) {
        float origin[MAX_BLOCK];
        double s1[MAX_BLOCK] = {0}, s2[MAX_BLOCK] = {0};
        memcpy(origin, z + plane(s, 0, cb, block), block * sizeof *origin);
        for (size_t i = 0; i < s->n; i++)
            add_moments(z + plane(s, i, cb, block), s->pixels, origin, s1, s2, block);
        for (size_t l = 0; l < block; l++) {
            mean[cb * block + l] = (double)origin[l] + s1[l] / count;
            m2[cb * block + l] = s2[l] - s1[l] * s1[l] / count;
        }
    }
}

RN_CLONES void rn_batchnorm_stats(const rn_batchnorm_shape *s, const float *z, double *mean,
                                  double *m2)
{
    FOR_BLOCK(s->block, stats, s, z, mean, m2);
}

RN_INLINE float relu(float x)
{
    return x < 0 ? 0 : x; /* NaN stays, to be seen in the loss */
}

RN_INLINE void apply(const rn_batchnorm_shape *s, const float *restrict z, const float *scale,
                     const float *shift, float *restrict y, size_t block)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / block; cb++) {
            const size_t start = plane(s, i, cb, block);
            const float *a = scale + cb * block, *b = shift + cb * block;
            for (size_t p = 0; p < s->pixels; p++)
                for (size_t l = 0; l < block; l++) {
                    const size_t at = start + p * block + l;
                    y[at] = relu(z[at] * a[l] + b[l]);
                }
        }
}

RN_CLONES void rn_batchnorm_apply(const rn_batchnorm_shape *s, const float *z, const float *scale,
                                  const float *shift, float *y)
{
    FOR_BLOCK(s->block, apply, s, z, scale, shift, y);
}

RN_INLINE void apply_sum(const rn_batchnorm_shape *s, const float *restrict z, const float *scale,
                         const float *shift, const float *restrict residual, const float *r_scale,
                         const float *r_shift, float *restrict y, size_t block)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / block; cb++) {
            const size_t start = plane(s, i, cb, block), c = cb * block;
            for (size_t p = 0; p < s->pixels; p++)
                for (size_t l = 0; l < block; l++) {
                    const size_t at = start + p * block + l;
                    const float r =
                        r_scale ? residual[at] * r_scale[c + l] + r_shift[c + l] : residual[at];
                    y[at] = relu(z[at] * scale[c + l] + shift[c + l] + r);
                }
        }
}

RN_CLONES void rn_batchnorm_apply_sum(const rn_batchnorm_shape *s, const float *z,
                                      const float *scale, const float *shift, const float *residual,
                                      const float *r_scale, const float *r_shift, float *y)
{
    if (r_scale)
        FOR_BLOCK(s->block, apply_sum, s, z, scale, shift, residual, r_scale, r_shift, y);
    else
        FOR_BLOCK(s->block, apply_sum, s, z, scale, shift, residual, NULL, NULL, y);
}

RN_INLINE float masked(float dy, float z, float scale, float shift)
{
    return z * scale + shift > 0 ? dy : 0;
}

/* Sums of one plane: g (z masks it) and g (z - mean). */
RN_INLINE void add_gradients(const float *restrict dy, const float *restrict z, size_t pixels,
                             const float *scale, const float *shift, const float *mean,
                             double *sum_g, double *sum_gz, size_t block)
{
    float c_g[MAX_BLOCK] = {0}, c_gz[MAX_BLOCK] = {0};
    for (size_t p = 0; p < pixels;) {
        for (const size_t end = chunk_end(p, pixels); p < end; p++)
            for (size_t l = 0; l < block; l++) {
                const float value = z[p * block + l];
                const float g = masked(dy[p * block + l], value, scale[l], shift[l]);
                c_g[l] += g;
                c_gz[l] += g * (value - mean[l]);
            }
        flush(sum_g, c_g, block);
        flush(sum_gz, c_gz, block);
    }
}

RN_INLINE void backward_sums(const rn_batchnorm_shape *s, const float *dy, const float *z,
                             const float *scale, const float *shift, const float *mean,
                             double *sum_g, double *sum_gz, size_t block)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / block; cb++) {
            const size_t start = plane(s, i, cb, block), c = cb * block;
            add_gradients(dy + start, z + start, s->pixels, scale + c, shift + c, mean + c,
                          sum_g + c, sum_gz + c, block);
        }
}

RN_CLONES void rn_batchnorm_backward_sums(const rn_batchnorm_shape *s, const float *dy,
                                          const float *z, const float *scale, const float *shift,
                                          const float *mean, double *sum_g, double *sum_gz)
{
    FOR_BLOCK(s->block, backward_sums, s, dy, z, scale, shift, mean, sum_g, sum_gz);
}

RN_INLINE void backward(const rn_batchnorm_shape *s, const float *dy, const float *restrict z,
                        const float *scale, const float *shift, const float *mean, const float *a,
                        const float *b, const float *k, float *dz, size_t block)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / block; cb++) {
            const size_t start = plane(s, i, cb, block), c = cb * block;
            for (size_t p = 0; p < s->pixels; p++)
                for (size_t l = 0; l < block; l++) {
                    const size_t at = start + p * block + l;
                    const float g =
                        scale ? masked(dy[at], z[at], scale[c + l], shift[c + l]) : dy[at];
                    dz[at] = a[c + l] * g + b[c + l] * (z[at] - mean[c + l]) + k[c + l];
                }
        }
}

RN_CLONES void rn_batchnorm_backward(const rn_batchnorm_shape *s, const float *dy, const float *z,
                                     const float *scale, const float *shift, const float *mean,
                                     const float *a, const float *b, const float *c, float *dz)
{
    if (scale)
        FOR_BLOCK(s->block, backward, s, dy, z, scale, shift, mean, a, b, c, dz);
    else
        FOR_BLOCK(s->block, backward, s, dy, z, NULL, NULL, mean, a, b, c, dz);
}

/* Masks one plane and adds its sum of g. */
RN_INLINE void mask_plane(float *restrict g, const float *restrict other, const float *restrict out,
                          size_t pixels, double *sum_g, size_t block)
{
    float c_g[MAX_BLOCK] = {0};
    for (size_t p = 0; p < pixels;) {
        for (const size_t end = chunk_end(p, pixels); p < end; p++)
            for (size_t l = 0; l < block; l++) {
                const size_t at = p * block + l;
                const float sum = other ? g[at] + other[at] : g[at];
                g[at] = out[at] > 0 ? sum : 0;
                c_g[l] += g[at];
            }
        flush(sum_g, c_g, block);
    }
}

/* sum_gz += sum g (z - mean) over one plane */
RN_INLINE void add_products(const float *restrict g, const float *restrict z, size_t pixels,
                            const float *mean, double *sum_gz, size_t block)
{
    float c_gz[MAX_BLOCK] = {0};
    for (size_t p = 0; p < pixels;) {
        for (const size_t end = chunk_end(p, pixels); p < end; p++)
            for (size_t l = 0; l < block; l++)
                c_gz[l] += g[p * block + l] * (z[p * block + l] - mean[l]);
        flush(sum_gz, c_gz, block);
    }
}

RN_INLINE void backward_residual(const rn_batchnorm_shape *s, float *g, const float *other,
                                 const float *out, double *sum_g,
                                 const rn_batchnorm_branch *branches, size_t n_branches,
                                 size_t block)
{
    memset(sum_g, 0, s->channels * sizeof *sum_g);
    for (size_t k = 0; k < n_branches; k++)
        memset(branches[k].sum_gz, 0, s->channels * sizeof *sum_g);
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / block; cb++) {
            const size_t start = plane(s, i, cb, block), c = cb * block;
            mask_plane(g + start, other ? other + start : NULL, out + start, s->pixels, sum_g + c,
                       block);
            for (size_t k = 0; k < n_branches; k++)
                add_products(g + start, branches[k].z + start, s->pixels, branches[k].mean + c,
                             branches[k].sum_gz + c, block);
        }
}

RN_CLONES void rn_batchnorm_backward_residual(const rn_batchnorm_shape *s, float *g,
                                              const float *other, const float *out, double *sum_g,
                                              const rn_batchnorm_branch *branches,
                                              size_t n_branches)
{
    FOR_BLOCK(s->block, backward_residual, s, g, other, out, sum_g, branches, n_branches);
}
