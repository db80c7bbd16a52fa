/** Batch norm with the ReLU and the residual sum around it, in parts that a shard does on its own
 * and sums that are put together between them. Source: Ioffe and Szegedy, "Batch normalization",
 * 2015. y = relu(z scale + shift),  scale = gamma / sqrt(variance + epsilon), shift = beta - mean
 * scale. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_BATCHNORM_H
#define RN_DNN_BATCHNORM_H

#include <stddef.h>

/** Activations [n][channels / block][pixels][block]. Per-channel arrays have `channels` entries. */
typedef struct rn_batchnorm_shape {
    size_t n, channels, pixels, block;
} rn_batchnorm_shape;

/** Mean, and sum of squared deviations from it, over one shard. */
void rn_batchnorm_stats(const rn_batchnorm_shape *shape, const float *z, double *mean, double *m2);

/** y = relu(z scale + shift) */
void rn_batchnorm_apply(const rn_batchnorm_shape *shape, const float *z, const float *scale,
                        const float *shift, float *y);

/** y = relu(z scale + shift + residual), or with the shortcut's own batch norm
 *  y = relu(z scale + shift + residual residual_scale + residual_shift). */
void rn_batchnorm_apply_sum(const rn_batchnorm_shape *shape, const float *z, const float *scale,
                            const float *shift, const float *residual, const float *residual_scale,
                            const float *residual_shift, float *y);

/** With g = dy where z scale + shift > 0, else 0:  sum_g += sum g, sum_gz += sum g (z - mean). */
void rn_batchnorm_backward_sums(const rn_batchnorm_shape *shape, const float *dy, const float *z,
                                const float *scale, const float *shift, const float *mean,
                                double *sum_g, double *sum_gz);

/** dz = a g + b (z - mean) + c with that g; scale NULL: g = dy. dz may be dy. */
void rn_batchnorm_backward(const rn_batchnorm_shape *shape, const float *dy, const float *z,
                           const float *scale, const float *shift, const float *mean,
                           const float *a, const float *b, const float *c, float *dz);

/** A batch norm that ends in the residual sum. */
typedef struct rn_batchnorm_branch {
    const float *z;
    const float *mean;
    double *sum_gz;
} rn_batchnorm_branch;

/** At a block's end: g = (g + other) where out > 0, else 0, in place;  sum_g += sum g, and for one
 * or two branches sum_gz += sum g (z - mean). `other` may be NULL. */
void rn_batchnorm_backward_residual(const rn_batchnorm_shape *shape, float *g, const float *other,
                                    const float *out, double *sum_g,
                                    const rn_batchnorm_branch *branches, size_t n_branches);

#endif
