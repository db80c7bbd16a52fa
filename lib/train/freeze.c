/* SPDX-License-Identifier: MIT */
#include "train/freeze.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATTERN 128

static void freeze_stages(bool frozen[RN_ARCH_N_CONVS], int32_t freeze)
{
    for (size_t row = 0; row < RN_ARCH_N_CONVS; row++)
        frozen[row] = (int32_t)RN_ARCH_CONVS[row].stage < freeze;
}

static void freeze_all_but_last(bool frozen[RN_ARCH_N_CONVS], size_t n_layers, const rn_net *net)
{
    const size_t n_convs = n_layers > net->n_linears ? n_layers - net->n_linears : 0;
    for (size_t row = 0; row < RN_ARCH_N_CONVS; row++)
        frozen[row] = row + n_convs < RN_ARCH_N_CONVS;
}

static bool fits(const char *pattern, const rn_arch_conv *conv)
{
    return fnmatch(pattern, conv->conv, 0) == 0 || fnmatch(pattern, conv->bn, 0) == 0;
}

static resnet_status freeze_matching(bool frozen[RN_ARCH_N_CONVS], const char *pattern)
{
    bool any = false;
    for (size_t row = 0; row < RN_ARCH_N_CONVS; row++)
        if (fits(pattern, &RN_ARCH_CONVS[row])) any = frozen[row] = true;
    if (any) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "freeze_names: no layer is called %s", pattern);
}

static resnet_status freeze_by_names(bool frozen[RN_ARCH_N_CONVS], const char *names)
{
    resnet_status status = RESNET_OK;
    while (*names && status == RESNET_OK) {
        char pattern[MAX_PATTERN];
        const size_t length = strcspn(names, ",");
        snprintf(pattern, sizeof pattern, "%.*s", (int)length, names);
        if (length > 0) status = freeze_matching(frozen, pattern);
        names += length + (names[length] == ',');
    }
    return status;
}

resnet_status rn_freeze_choose(bool frozen[RN_ARCH_N_CONVS], const resnet_trainer_options *options,
                               const rn_net *net)
{
    freeze_stages(frozen, options->freeze);
    if (options->train_last > 0) freeze_all_but_last(frozen, options->train_last, net);
    return options->freeze_names ? freeze_by_names(frozen, options->freeze_names) : RESNET_OK;
}

bool rn_freeze_is_whole(const bool frozen[RN_ARCH_N_CONVS])
{
    for (size_t row = 0; row < RN_ARCH_N_CONVS; row++)
        if (!frozen[row]) return false;
    return true;
}
