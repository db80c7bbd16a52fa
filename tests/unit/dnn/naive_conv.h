/* Convolution as its definition has it, in double; padding kernel / 2; c counts within the group of o.
 *      y[n][o][i][j] = sum over c, a, b of w[o][c][a][b] x[n][c][i s + a - p][j s + b - p]
 * SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_NAIVE_CONV_H
#define RN_TESTS_NAIVE_CONV_H

#include "dnn/conv.h"

typedef struct naive_conv {
    size_t n, in, h, w, out, kernel, stride, groups;
} naive_conv;

static inline size_t naive_out_h(const naive_conv *c)
{
    return rn_conv_out_size(c->h, c->stride);
}

static inline size_t naive_out_w(const naive_conv *c)
{
    return rn_conv_out_size(c->w, c->stride);
}

/** Input channels of one output. */
static inline size_t naive_depth(const naive_conv *c)
{
    return c->in / c->groups;
}

static inline size_t naive_first_channel(const naive_conv *c, size_t o)
{
    return o / (c->out / c->groups) * naive_depth(c);
}

/** Calls body with indices X, W, Y of each product in the sum. */
#define NAIVE_EACH_PRODUCT(c, body)                                                                \
    for (size_t n_ = 0; n_ < (c)->n; n_++)                                                         \
        for (size_t o_ = 0; o_ < (c)->out; o_++)                                                   \
            for (size_t i_ = 0; i_ < naive_out_h(c); i_++)                                         \
                for (size_t j_ = 0; j_ < naive_out_w(c); j_++)                                     \
                    for (size_t c_ = 0; c_ < naive_depth(c); c_++)                                 \
                        for (size_t a_ = 0; a_ < (c)->kernel; a_++)                                \
                            for (size_t b_ = 0; b_ < (c)->kernel; b_++) {                          \
                                const size_t pad_ = (c)->kernel / 2;                               \
                                const size_t h_ = i_ * (c)->stride + a_ - pad_;                    \
                                const size_t w_ = j_ * (c)->stride + b_ - pad_;                    \
                                if (h_ >= (c)->h || w_ >= (c)->w) continue; /* below 0 too */      \
                                const size_t X =                                                   \
                                    ((n_ * (c)->in + naive_first_channel(c, o_) + c_) * (c)->h +   \
                                     h_) *                                                         \
                                        (c)->w +                                                   \
                                    w_;                                                            \
                                const size_t W = ((o_ * naive_depth(c) + c_) * (c)->kernel + a_) * \
                                                     (c)->kernel +                                 \
                                                 b_;                                               \
                                const size_t Y = ((n_ * (c)->out + o_) * naive_out_h(c) + i_) *    \
                                                     naive_out_w(c) +                              \
                                                 j_;                                               \
                                body;                                                              \
                            }

/** Each adds to what is in its last argument. */
static inline void naive_conv_forward(const naive_conv *c, const double *x, const double *w,
                                      double *y)
{
    NAIVE_EACH_PRODUCT(c, y[Y] += w[W] * x[X])
}

static inline void naive_conv_backward_data(const naive_conv *c, const double *dy, const double *w,
                                            double *dx)
{
    NAIVE_EACH_PRODUCT(c, dx[X] += w[W] * dy[Y])
}

static inline void naive_conv_backward_weights(const naive_conv *c, const double *x,
                                               const double *dy, double *dw)
{
    NAIVE_EACH_PRODUCT(c, dw[W] += x[X] * dy[Y])
}

#endif
