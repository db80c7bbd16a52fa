/** Convolutions of our own: what there is for shapes that oneDNN has no kernel for, or a slower one.
 *  Nothing in this folder knows oneDNN; lib/dnn chooses between its kernels and these.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_KERNEL_KERNEL_TABLE_H
#define RN_KERNEL_KERNEL_TABLE_H

#include "core/dtype.h"

#include <stdbool.h>
#include <stddef.h>

enum rn_kernel_pass {
    RN_KERNEL_FORWARD,         /* y = [relu](conv(x) [+ bias] [+ y]) */
    RN_KERNEL_BACKWARD_DATA,   /* dx from dy */
    RN_KERNEL_BACKWARD_WEIGHTS /* dw from x and dy */
};

/** x [n][in_channels / in_block][in_h][in_w][in_block], y likewise, plain w
 *  [out_channels][in_channels / groups][size][size]. Where channels do not fill their last block,
 *  zeros do. `pad` is before the first row and column; out_h and out_w say what is behind the last.
 *  Only size_t, so that two shapes can be compared as bytes. */
typedef struct rn_kernel_shape {
    size_t n, groups, size, stride, pad_h, pad_w;
    size_t in_channels, in_h, in_w, in_block;
    size_t out_channels, out_h, out_w, out_block;
} rn_kernel_shape;

/** The tensors of one call: y from x and w, dx from dy and w, or dw from x and dy. Weights, and
 *  their gradient, are packed. */
typedef struct rn_kernel_call {
    void *to;
    const void *from, *with;
    const float *bias; /* [out_channels], forward only, or NULL */
    bool sum, relu;    /* forward only */
    void *scratch;
} rn_kernel_call;

typedef struct rn_kernel {
    const char *name;
    enum rn_dtype dtype; /* of x, w and y */
    /** Whether it can do that pass of that shape on this processor. The other functions are only
     *  for what fits. */
    bool (*fits)(const rn_kernel_shape *shape, enum rn_kernel_pass pass);
    /** Bytes, packed. Like pack and unpack it looks at groups, size, channels and blocks alone. */
    size_t (*get_weights_size)(const rn_kernel_shape *shape);
    void (*pack)(const rn_kernel_shape *shape, enum rn_kernel_pass pass, const float *plain,
                 void *packed);
    /** NULL if it has no backward_weights. */
    void (*unpack)(const rn_kernel_shape *shape, const void *packed, float *plain);
    size_t (*get_scratch_size)(const rn_kernel_shape *shape, enum rn_kernel_pass pass); /* bytes */
    void (*run)(const rn_kernel_shape *shape, enum rn_kernel_pass pass, const rn_kernel_call *call);
} rn_kernel;

/** By its definition, for every shape: the twin that the others are tested against. */
extern const rn_kernel RN_KERNEL_PLAIN;
/** 3x3 with stride 1 by Winograd's algorithm, forward and backward_data. Each fits nothing on other
 *  processors than its own. */
extern const rn_kernel RN_KERNEL_WINOGRAD_AVX512, RN_KERNEL_WINOGRAD_AVX2;

/** All of them. */
#define RN_N_KERNELS 3
extern const rn_kernel *const RN_KERNELS[RN_N_KERNELS];

#endif
