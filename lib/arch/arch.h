/** ResNet-50 as one table. Parameters, file formats' names, plans, forward and backward all walk
 * it; nothing else in the library knows the network's shape. Source: He, Zhang, Ren, Sun, "Deep
 * residual learning for image recognition", 2015, table 1; names are torchvision's.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_ARCH_ARCH_H
#define RN_ARCH_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RN_ARCH_N_CONVS 53
#define RN_ARCH_N_BLOCKS 16
#define RN_ARCH_N_STAGES 5    /* 0 is the stem, 1 to 4 torchvision's layer1 to layer4 */
#define RN_ARCH_DEPTH 50 /* convolutions of the trunk and the last layer */
#define RN_ARCH_FEATURES 2048 /* channels after the last block, and of an embedding */
#define RN_ARCH_MIN_SIZE 32   /* smallest height and width of an image, px */
#define RN_ARCH_MAX_HIDDEN 4  /* hidden layers of a head */

/** Which convolution of a bottleneck block. */
enum rn_arch_role {
    RN_ROLE_STEM,    /* 7x7, before the first block */
    RN_ROLE_REDUCE,  /* 1x1, to the block's width */
    RN_ROLE_SPATIAL, /* 3x3 */
    RN_ROLE_EXPAND,  /* 1x1, to four times the width; the sum follows its batch norm */
    RN_ROLE_SHORTCUT /* 1x1, in the first block of a stage */
};

/** Where a stage's first block strides. */
enum rn_arch_variant {
    RN_VARIANT_V1 = 1,  /* in the first 1x1: He et al., Keras */
    RN_VARIANT_V1_5 = 2 /* in the 3x3: torchvision */
};

/** A convolution without bias and the batch norm behind it. */
typedef struct rn_arch_conv {
    const char *conv; /* "layer1.0.conv1"; its tensor is that + ".weight", [out][in][k][k] */
    const char *bn;   /* "layer1.0.bn1"; + ".weight" .bias .running_mean .running_var, [out] */
    uint8_t stage;
    uint8_t block; /* within the stage */
    uint8_t role;
    uint8_t kernel;
    uint16_t in_channels;
    uint16_t out_channels;
    uint8_t stride_v1;
    uint8_t stride_v1_5;
} rn_arch_conv;

/** In forward order, a block's shortcut last: the order of torchvision's state_dict. */
extern const rn_arch_conv RN_ARCH_CONVS[RN_ARCH_N_CONVS];

/** Which rows of RN_ARCH_CONVS make up a block. */
typedef struct rn_arch_block {
    uint8_t stage;
    uint8_t block;
    size_t reduce, spatial, expand; /* rows */
    size_t shortcut;                /* row, if has_shortcut */
    bool has_shortcut;
} rn_arch_block;

/** Block `index` in [0, RN_ARCH_N_BLOCKS). */
rn_arch_block rn_arch_get_block(size_t index);
/** Blocks up to the end of `stage`, the stem having none. */
size_t rn_arch_count_blocks(size_t stage);

#define RN_ARCH_MAX_SLOPE 1e6f

/** What follows a hidden layer of the head. */
typedef struct rn_arch_activation {
    int32_t kind; /* RESNET_ACTIVATION_*; 0: nobody said */
    float slope;  /* LEAKY_RELU's below 0, ELU's alpha: (0, RN_ARCH_MAX_SLOPE]; else 0 */
} rn_arch_activation;

static inline size_t rn_arch_get_stride(const rn_arch_conv *conv, enum rn_arch_variant variant)
{
    return variant == RN_VARIANT_V1 ? conv->stride_v1 : conv->stride_v1_5;
}

#endif
