/** The network's parameters: one arena of floats, and a tensor by name for each part of it.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_NET_PARAMS_H
#define RN_NET_PARAMS_H

#include "arch/arch.h"
#include "core/error.h"
#include "net/packed.h"
#include "store/weights.h"

#include <stdbool.h>

/** What a tensor is; optimisers exempt some kinds from weight decay, and statistics learn nothing.
 */
enum rn_param_kind {
    RN_PARAM_CONV_WEIGHT,
    RN_PARAM_BN_GAMMA,
    RN_PARAM_BN_BETA,
    RN_PARAM_BN_MEAN,
    RN_PARAM_BN_VARIANCE,
    RN_PARAM_LINEAR_WEIGHT,
    RN_PARAM_LINEAR_BIAS
};

typedef struct rn_param {
    char name[48]; /* torchvision's */
    enum rn_param_kind kind;
    size_t n_dims;
    uint64_t dims[4];
    size_t count;  /* product of dims */
    size_t offset; /* floats from the arena's start; a multiple of 16 */
    int8_t stage;  /* 0 stem, 1 to 4, RN_STAGE_HEAD */
    int16_t conv;  /* row of arch->convs, or -1 in the head */
} rn_param;

#define RN_STAGE_HEAD 5

/** What decides the shape of a network and how it computes. */
typedef struct rn_net_settings {
    const rn_arch *arch; /* borrowed; what rn_net_create() leaves in a net is its own */
    int32_t variant;     /* RESNET_VARIANT_V1 or _V1_5 */
    int32_t stem_pool;   /* RESNET_STEM_POOL_PADDED or _UNPADDED */
    int32_t pooling;     /* RESNET_POOLING_*, of the last feature map */
    float bn_epsilon;
    size_t n_classes; /* 0: no head */
    size_t n_hidden;
    size_t hidden_sizes[RN_ARCH_MAX_HIDDEN];
    rn_arch_activation activations[RN_ARCH_MAX_HIDDEN]; /* behind each hidden layer; 0s: ReLU */
    float dropout;
} rn_net_settings;

/** What lib/dnn's pools are told. */
static inline bool rn_net_pads_stem(const rn_net_settings *settings)
{
    return settings->stem_pool == RESNET_STEM_POOL_PADDED;
}
static inline bool rn_net_takes_maxima(const rn_net_settings *settings)
{
    return settings->pooling == RESNET_POOLING_MAX;
}

/** Rows of the tensors of one convolution and its batch norm, and of one linear layer. */
typedef struct rn_conv_params {
    size_t weight, gamma, beta, mean, variance;
} rn_conv_params;
typedef struct rn_linear_params {
    size_t weight, bias;
    size_t n_inputs, n_outputs;
} rn_linear_params;

typedef struct rn_net {
    rn_arch *arch; /* as settings.arch */
    rn_net_settings settings;
    rn_param *params; /* torchvision's order */
    size_t n_params;
    float *arena;
    size_t arena_count;                               /* floats */
    rn_conv_params *convs;                            /* [arch->n_convs] */
    rn_linear_params linears[RN_ARCH_MAX_HIDDEN + 1]; /* hidden ones, then the classifier */
    size_t n_linears;
    uint64_t generation; /* raised whenever values change */
    bool is_random;      /* the backbone: as rn_net_init_backbone() left it */
    rn_packed *packed;   /* folded weights that inferences share */
} rn_net;

/** All values zero but variances, which are 1. Retains settings->arch. UNSUPPORTED for a network
 *  that cannot be run. */
resnet_status rn_net_create(rn_net **out, const rn_net_settings *settings);
void rn_net_free(rn_net *net);
/** The values of row `param`. */
float *rn_net_get_values(const rn_net *net, size_t param);
/** The row of that name, or n_params. */
size_t rn_net_find(const rn_net *net, const char *name);

/** Random weights (net/init.c): He's for convolutions and hidden layers, uniform for the
 * classifier. */
void rn_net_init_backbone(rn_net *net, uint64_t seed, bool zero_init_residual);
void rn_net_init_head(rn_net *net, uint64_t seed);

/** Copies a file's tensors in, folding convolution biases into the running means. With
 * `backbone_only` the head's are passed over. SHAPE or FORMAT naming the first that does not fit.
 */
resnet_status rn_net_import(rn_net *net, const rn_weights *weights, bool backbone_only);
/** Adds every tensor to a set for writing. */
resnet_status rn_net_export(const rn_net *net, rn_weights *weights);

#endif
