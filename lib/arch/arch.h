/** A residual network as an object: a table of convolutions and a table of blocks, made from a
 *  depth and widths. Parameters, file formats' names, plans, forward and backward all walk it;
 *  nothing else in the library knows a network's shape. Source: He, Zhang, Ren, Sun, "Deep residual
 *  learning for image recognition", 2015, table 1; Zagoruyko, Komodakis, "Wide residual networks",
 *  2016; Xie et al., "Aggregated residual transformations", 2017; names are torchvision's.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_ARCH_ARCH_H
#define RN_ARCH_ARCH_H

#include "core/error.h"
#include "core/users.h"

#include <resnet/model.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RN_ARCH_DEFAULT_DEPTH 50  /* of a model, where nobody says otherwise */
#define RN_ARCH_N_STAGES 5        /* 0 is the stem, 1 to 4 torchvision's layer1 to layer4 */
#define RN_ARCH_MIN_SIZE 32       /* smallest height and width of an image, px */
#define RN_ARCH_MAX_HIDDEN 4      /* hidden layers of a head */
#define RN_ARCH_MAX_CHANNELS 2048 /* of any map */
#define RN_ARCH_NAME_SIZE 32      /* bytes of a layer's name: "layer3.35.downsample.0" */

/** What a convolution is to its block. */
enum rn_arch_role {
    RN_ROLE_STEM,    /* before the first block */
    RN_ROLE_FIRST,   /* gets the block's input; ReLU follows */
    RN_ROLE_INNER,   /* between two others of its block; ReLU follows */
    RN_ROLE_LAST,    /* the sum follows its batch norm, and ReLU that */
    RN_ROLE_SHORTCUT /* 1x1 from the block's input to the sum */
};

/** A convolution without bias and the batch norm behind it. */
typedef struct rn_arch_conv {
    char conv[RN_ARCH_NAME_SIZE]; /* "layer1.0.conv1"; its tensor is that + ".weight" */
    char bn[RN_ARCH_NAME_SIZE];   /* "layer1.0.bn1"; + ".weight" .bias .running_mean .running_var */
    size_t in_channels, out_channels;
    size_t groups; /* each takes its share of the inputs to its share of the outputs */
    size_t row;    /* where it stands in the table */
    uint8_t stage;
    uint8_t block; /* within the stage */
    uint8_t index; /* of the block in the network; 0 for the stem */
    uint8_t role;  /* enum rn_arch_role */
    uint8_t place; /* within the block, from 0; of the stem and a shortcut 0 */
    uint8_t kernel;
    uint8_t stride_v1;
    uint8_t stride_v1_5;
    bool beside_shortcut; /* its block has one */
} rn_arch_conv;

/** Rows first to last, two or three of them, one after the other, and the shortcut's. */
typedef struct rn_arch_block {
    uint8_t stage;
    uint8_t block; /* within the stage */
    bool has_shortcut;
    size_t first, last;
    size_t shortcut; /* row, if has_shortcut */
} rn_arch_block;

/** Immutable; shared by those who retained it. */
typedef struct rn_arch {
    rn_users users;
    size_t depth;        /* convolutions of the trunk and the last layer: 50 */
    rn_arch_conv *convs; /* in forward order, a block's shortcut last: torchvision's state_dict's */
    size_t n_convs;
    rn_arch_block *blocks;
    size_t n_blocks;
    size_t n_features; /* channels after the last block, and of an embedding */
} rn_arch;

/** Zeroes after the depth: as the papers have it. */
typedef struct rn_arch_settings {
    size_t depth;                    /* 18, 34: blocks of two 3x3; 50, 101, 152: 1x1, 3x3, 1x1 */
    size_t groups;                   /* of the 3x3 convolutions of the deeper ones; 0: 1 */
    size_t width_per_group;          /* of the first stage; 0: 64. Wide: 128; ResNeXt 32x4d: 4 */
    const size_t (*inner_widths)[2]; /* [n_blocks]: channels between the block's convolutions, where
                                        pruning left others; NULL, and 0: the depth's own */
} rn_arch_settings;

/** The depths that there are, deepest first; 0 behind the last. */
size_t rn_arch_get_depth(size_t index);
/** INVALID: no such depth, or widths that groups do not divide. */
resnet_status rn_arch_create(rn_arch **out, const rn_arch_settings *settings);
/** Another owner of the same; each calls rn_arch_free(), which takes NULL. Any thread. */
rn_arch *rn_arch_retain(const rn_arch *arch);
void rn_arch_free(rn_arch *arch);

/** Blocks up to the end of `stage`, the stem having none. */
size_t rn_arch_count_blocks(const rn_arch *arch, size_t stage);
/** Rows of the stem and the first n_blocks blocks. */
size_t rn_arch_count_convs(const rn_arch *arch, size_t n_blocks);
/** Channels behind a stage; 0: the stem. */
size_t rn_arch_get_channels(const rn_arch *arch, size_t stage);

/** Of the weights: [out][in / groups][k][k]. */
static inline void rn_arch_get_dims(const rn_arch_conv *conv, uint64_t dims[4])
{
    dims[0] = conv->out_channels;
    dims[1] = conv->in_channels / conv->groups;
    dims[2] = dims[3] = conv->kernel;
}

/** RESNET_VARIANT_*: only blocks of three convolutions have two places to stride in. */
static inline size_t rn_arch_get_stride(const rn_arch_conv *conv, int32_t variant)
{
    return variant == RESNET_VARIANT_V1 ? conv->stride_v1 : conv->stride_v1_5;
}

/** Whether the block's sum follows: its last convolution and its shortcut. */
static inline bool rn_arch_meets_sum(const rn_arch_conv *conv)
{
    return conv->role == RN_ROLE_LAST || conv->role == RN_ROLE_SHORTCUT;
}

/** Whether its input is an activation of its own block. */
static inline bool rn_arch_is_inside(const rn_arch_conv *conv)
{
    return conv->role == RN_ROLE_INNER || conv->role == RN_ROLE_LAST;
}

#define RN_ARCH_MAX_SLOPE 1e6f

/** What follows a hidden layer of the head. */
typedef struct rn_arch_activation {
    int32_t kind; /* RESNET_ACTIVATION_*; 0: nobody said */
    float slope;  /* LEAKY_RELU's below 0, ELU's alpha: (0, RN_ARCH_MAX_SLOPE]; else 0 */
} rn_arch_activation;

#endif
