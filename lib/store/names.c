/* SPDX-License-Identifier: MIT */
#include "store/names.h"

#include <stdio.h>
#include <string.h>

const char *rn_convention_describe(enum rn_convention convention)
{
    static const char *const TEXTS[RN_N_CONVENTIONS] = {
        "torchvision names", "torchvision layers by position", "Hugging Face names",
        "Keras names",       "Keras names of 2015-2018",       "Keras 3 without layer names"};
    return TEXTS[convention];
}

const char *rn_names_suffix(enum rn_convention convention, enum rn_variable variable)
{
    static const char *const TORCH[RN_N_VARIABLES] = {".weight", ".bias",         ".weight",
                                                      ".bias",   ".running_mean", ".running_var"};
    static const char *const KERAS[RN_N_VARIABLES] = {
        "/kernel", "/bias", "/gamma", "/beta", "/moving_mean", "/moving_variance"};
    return rn_names_is_torch(convention) ? TORCH[variable] : KERAS[variable];
}

static bool is_bn_variable(enum rn_variable variable)
{
    return variable >= RN_VAR_GAMMA;
}

static void format_torchvision(char *out, const rn_arch_conv *conv, bool is_bn)
{
    snprintf(out, RN_NAME_SIZE, "%s", is_bn ? conv->bn : conv->conv);
}

/* nn.Sequential(*resnet.children()): conv1, bn1, relu, maxpool, layer1, ... */
static void format_position(char *out, const rn_arch_conv *conv, bool is_bn)
{
    const char *name = is_bn ? conv->bn : conv->conv;
    if (conv->role == RN_ROLE_STEM)
        snprintf(out, RN_NAME_SIZE, "%d", is_bn ? 1 : 0);
    else
        snprintf(out, RN_NAME_SIZE, "%d%s", conv->stage + 3, strchr(name, '.'));
}

/* transformers/models/resnet/modeling_resnet.py */
static void format_hugging_face(char *out, const rn_arch_conv *conv, bool is_bn)
{
    const char *part = is_bn ? "normalization" : "convolution";
    const int stage = conv->stage - 1, block = conv->block;
    if (conv->role == RN_ROLE_STEM)
        snprintf(out, RN_NAME_SIZE, "embedder.embedder.%s", part);
    else if (conv->role == RN_ROLE_SHORTCUT)
        snprintf(out, RN_NAME_SIZE, "encoder.stages.%d.layers.%d.shortcut.%s", stage, block, part);
    else
        snprintf(out, RN_NAME_SIZE, "encoder.stages.%d.layers.%d.layer.%d.%s", stage, block,
                 conv->place, part);
}

/* keras/src/applications/resnet.py; 0 is the shortcut */
void rn_names_keras_layer(char out[RN_NAME_SIZE], const rn_arch_conv *conv, bool is_bn)
{
    const char *part = is_bn ? "bn" : "conv";
    const int number = conv->role == RN_ROLE_SHORTCUT ? 0 : conv->place + 1;
    if (conv->role == RN_ROLE_STEM)
        snprintf(out, RN_NAME_SIZE, "conv1_%s", part);
    else
        snprintf(out, RN_NAME_SIZE, "conv%d_block%d_%d_%s", conv->stage + 1, conv->block + 1,
                 number, part);
}

/* keras/applications/resnet50.py of Keras 1 and 2 */
static void format_keras_2015(char *out, const rn_arch_conv *conv, bool is_bn)
{
    static const char *const BRANCHES[] = {"2a", "2b", "2c"};
    const char *branch = conv->role == RN_ROLE_SHORTCUT ? "1" : BRANCHES[conv->place];
    if (conv->role == RN_ROLE_STEM)
        snprintf(out, RN_NAME_SIZE, "%s", is_bn ? "bn_conv1" : "conv1");
    else
        snprintf(out, RN_NAME_SIZE, "%s%d%c_branch%s", is_bn ? "bn" : "res", conv->stage + 1,
                 'a' + conv->block, branch);
}

/* Layers of one class are counted in model order, which is by depth: a shortcut comes before its
 * block's last convolution. The first has no number. */
static void format_keras_counted(char *out, const rn_arch_conv *conv, bool is_bn)
{
    const char *class_name = is_bn ? "batch_normalization" : "conv2d";
    size_t number = conv->row;
    if (conv->role == RN_ROLE_SHORTCUT) number--;
    if (conv->role == RN_ROLE_LAST && conv->beside_shortcut) number++;
    if (number == 0)
        snprintf(out, RN_NAME_SIZE, "%s", class_name);
    else
        snprintf(out, RN_NAME_SIZE, "%s_%zu", class_name, number);
}

void rn_names_format(char out[RN_NAME_SIZE], enum rn_convention convention,
                     const rn_arch_conv *conv, enum rn_variable variable)
{
    static void (*const FORMATS[RN_N_CONVENTIONS])(char *, const rn_arch_conv *, bool) = {
        format_torchvision,   format_position,   format_hugging_face,
        rn_names_keras_layer, format_keras_2015, format_keras_counted};
    FORMATS[convention](out, conv, is_bn_variable(variable));
    const size_t length = strlen(out);
    snprintf(out + length, RN_NAME_SIZE - length, "%s", rn_names_suffix(convention, variable));
}
