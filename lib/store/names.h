/** What each framework calls the layers of an rn_arch and their variables.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_NAMES_H
#define RN_STORE_NAMES_H

#include "arch/arch.h"

#define RN_NAME_SIZE 96 /* bytes, for any layer's or variable's name here */

enum rn_convention {
    RN_NAMES_TORCHVISION,  /* layer1.0.conv1.weight; timm's are the same */
    RN_NAMES_POSITION,     /* 4.0.conv1.weight: torchvision's children in an nn.Sequential */
    RN_NAMES_HUGGING_FACE, /* encoder.stages.0.layers.0.layer.0.convolution.weight */
    RN_NAMES_KERAS,        /* conv2_block1_1_conv/kernel; since 2018 */
    RN_NAMES_KERAS_2015,   /* res2a_branch2a/kernel */
    RN_NAMES_KERAS_COUNTED /* conv2d_1/kernel: Keras 3 before 3.7 kept no names */
};
#define RN_N_CONVENTIONS 6

static inline bool rn_names_is_torch(enum rn_convention convention)
{
    return convention <= RN_NAMES_HUGGING_FACE;
}

enum rn_variable {
    RN_VAR_KERNEL,
    RN_VAR_BIAS,
    RN_VAR_GAMMA,
    RN_VAR_BETA,
    RN_VAR_MEAN,
    RN_VAR_VARIANCE
};
#define RN_N_VARIABLES 6

/** For people: "torchvision names". */
const char *rn_convention_describe(enum rn_convention convention);

/** A convolution's layer, or its batch norm's when `variable` is one of those, with the variable:
 *  the key of its tensor. `conv` may be a row of no table, which is how other networks are
 *  recognised; not with RN_NAMES_KERAS_COUNTED. */
void rn_names_format(char out[RN_NAME_SIZE], enum rn_convention convention,
                     const rn_arch_conv *conv, enum rn_variable variable);

/** The canonical name of the same tensor: torchvision's. */
static inline void rn_names_canonical(char out[RN_NAME_SIZE], const rn_arch_conv *conv,
                                      enum rn_variable variable)
{
    rn_names_format(out, RN_NAMES_TORCHVISION, conv, variable);
}

/** Keras's name for a convolution's layer (or its batch norm's), without a variable. */
void rn_names_keras_layer(char out[RN_NAME_SIZE], const rn_arch_conv *conv, bool is_bn);

/** ".weight" in torch's conventions, "/kernel" in Keras's. */
const char *rn_names_suffix(enum rn_convention convention, enum rn_variable variable);

#endif
