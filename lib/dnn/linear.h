/** Fully connected layers: y = x w^T + b. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_LINEAR_H
#define RN_DNN_LINEAR_H

#include <stddef.h>

/** x [n][n_inputs], w [n_outputs][n_inputs], b [n_outputs], y [n][n_outputs] */
typedef struct rn_linear_shape {
    size_t n, n_inputs, n_outputs;
} rn_linear_shape;

/** Outputs [first, last) only. */
void rn_linear_forward(const rn_linear_shape *shape, size_t first, size_t last, const float *x,
                       const float *w, const float *b, float *y);
/** dx = dy w */
void rn_linear_backward_data(const rn_linear_shape *shape, const float *dy, const float *w,
                             float *dx);
/** dw = dy^T x, db = sum dy, images in order. Outputs [first, last) only. */
void rn_linear_backward_weights(const rn_linear_shape *shape, size_t first, size_t last,
                                const float *x, const float *dy, float *dw, float *db);

#endif
