/** A convolution, each pass its own primitive, run by one thread on one shard.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_CONV_H
#define RN_DNN_CONV_H

#include "core/dtype.h"
#include "dnn/layout.h"

enum rn_conv_pass {
    RN_CONV_INFERENCE,       /* y = [relu](conv(x) + b [+ y]) */
    RN_CONV_FORWARD,         /* y = conv(x) */
    RN_CONV_BACKWARD_DATA,   /* dx from dy */
    RN_CONV_BACKWARD_WEIGHTS /* dw from x and dy */
};

/** Padding is kernel / 2 on each side: [n][in][in_h][in_w] -> [n][out][out_h][out_w],
 *  weights [out][in / groups][kernel][kernel],
 *  out_h = (in_h - 1) / stride + 1; with valid_rows (in_h - kernel) / stride + 1. */
typedef struct rn_conv_settings {
    enum rn_conv_pass pass;
    size_t n, groups, in_channels, in_h, in_w, out_channels, kernel, stride;
    enum rn_dtype dtype;      /* of x, w and y; F32 has kernels */
    bool relu;                /* inference only */
    bool sum;                 /* inference only */
    bool winograd;            /* by Winograd's algorithm where there is a kernel for it */
    bool plain_src;           /* src is nchw rather than the engine's activations: the stem */
    bool valid_rows;          /* no padding above and below: src brings those rows */
    const rn_layout *weights; /* demanded, or NULL for the primitive's choice */
} rn_conv_settings;

typedef struct rn_conv rn_conv;

/** By the first kernel of conv_choice.c that can; UNSUPPORTED if there is none. */
resnet_status rn_conv_create(rn_conv **out, const rn_engine *engine,
                             const rn_conv_settings *settings);
void rn_conv_free(rn_conv *conv);
/** Of the weights, or of their gradient; owned by the convolution. */
const rn_layout *rn_conv_get_weights_layout(const rn_conv *conv);
size_t rn_conv_get_scratch_size(const rn_conv *conv);
bool rn_conv_is_winograd(const rn_conv *conv);
const char *rn_conv_get_kernel_name(const rn_conv *conv); /* for people, and tests */

/* Any number of workers at once, each with its own scratch; each for a convolution made for that
 * pass. w and dw are in its weights' layout; all are of the settings' dtype. */

/** RN_CONV_INFERENCE, whose b is [out_channels], and RN_CONV_FORWARD, whose b is NULL. */
resnet_status rn_conv_forward(const rn_conv *conv, size_t worker, void *y, const void *x,
                              const void *w, const float *b, void *scratch);
resnet_status rn_conv_backward_data(const rn_conv *conv, size_t worker, void *dx, const void *dy,
                                    const void *w, void *scratch);
resnet_status rn_conv_backward_weights(const rn_conv *conv, size_t worker, void *dw, const void *x,
                                       const void *dy, void *scratch);

static inline size_t rn_conv_out_size(size_t in_size, size_t stride)
{
    return (in_size - 1) / stride + 1;
}

#endif
