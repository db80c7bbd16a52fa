/** What a convolution is made of: the kernels there are, each behind the same four functions.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_CONV_PRIVATE_H
#define RN_DNN_CONV_PRIVATE_H

#include "dnn/backend.h"
#include "dnn/conv.h"

typedef struct rn_conv_kernel rn_conv_kernel;

struct rn_conv {
    const rn_engine *engine;
    const rn_conv_kernel *kernel;
    enum rn_conv_pass pass;
    void *state; /* the kernel's */
    rn_layout *weights;
    size_t scratch_size; /* bytes */
};

/** The tensors of one call: y from x and w, dx from dy and w, or dw from x and dy. */
typedef struct rn_conv_call {
    size_t worker;
    void *to;
    const void *from, *with;
    const float *bias;
    void *scratch;
} rn_conv_call;

struct rn_conv_kernel {
    const char *name;
    bool winograd;
    const rn_kernel *own; /* in lib/kernel, or NULL: oneDNN's */
    /** Whether it may be able to; cheap. */
    bool (*fits)(const rn_conv_kernel *kernel, const rn_engine *engine,
                 const rn_conv_settings *settings);
    /** Sets state, weights and scratch_size; what it made of them before it failed is for `free` and
     *  rn_conv_free(). UNSUPPORTED, without a message: it cannot after all. */
    resnet_status (*create)(rn_conv *conv, const rn_conv_settings *settings);
    resnet_status (*run)(const rn_conv *conv, const rn_conv_call *call);
    void (*free)(rn_conv *conv); /* of a state that is not NULL */
};

extern const rn_conv_kernel RN_CONV_ONEDNN_WINOGRAD, RN_CONV_ONEDNN_DIRECT;
extern const rn_conv_kernel RN_CONV_OWN_WINOGRAD_AVX512, RN_CONV_OWN_WINOGRAD_AVX2,
    RN_CONV_OWN_PLAIN;

/** The first kernel for these settings, or the next one `after` another; NULL: there is none. */
const rn_conv_kernel *rn_conv_choose(const rn_conv_kernel *after, const rn_engine *engine,
                                     const rn_conv_settings *settings);

static inline size_t rn_conv_out_height(const rn_conv_settings *s)
{
    return s->valid_rows ? (s->in_h - s->kernel) / s->stride + 1
                         : rn_conv_out_size(s->in_h, s->stride);
}

#endif
