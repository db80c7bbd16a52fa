/* SPDX-License-Identifier: MIT */
#include "train/freeze.h"

#include "core/mem.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATTERN 128

static void freeze_stages(bool *frozen, const rn_arch *arch, int32_t freeze)
{
    for (size_t row = 0; row < arch->n_convs; row++)
        frozen[row] = (int32_t)arch->convs[row].stage < freeze;
}

static void freeze_all_but_last(bool *frozen, size_t n_layers, const rn_net *net)
{
    const size_t n_convs = n_layers > net->n_linears ? n_layers - net->n_linears : 0;
    for (size_t row = 0; row < net->arch->n_convs; row++)
        frozen[row] = row + n_convs < net->arch->n_convs;
}

static bool fits(const char *pattern, const rn_arch_conv *conv)
{
    return fnmatch(pattern, conv->conv, 0) == 0 || fnmatch(pattern, conv->bn, 0) == 0;
}

static resnet_status freeze_matching(bool *frozen, const rn_arch *arch, const char *pattern)
{
    bool any = false;
    for (size_t row = 0; row < arch->n_convs; row++)
        if (fits(pattern, &arch->convs[row])) any = frozen[row] = true;
    if (any) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "freeze_names: no layer is called %s", pattern);
}

static resnet_status freeze_by_names(bool *frozen, const rn_arch *arch, const char *names)
{
    resnet_status status = RESNET_OK;
    while (*names && status == RESNET_OK) {
        char pattern[MAX_PATTERN];
        const size_t length = strcspn(names, ",");
        snprintf(pattern, sizeof pattern, "%.*s", (int)length, names);
        if (length > 0) status = freeze_matching(frozen, arch, pattern);
        names += length + (names[length] == ',');
    }
    return status;
}

resnet_status rn_freeze_choose(bool **out, const resnet_trainer_options *options, const rn_net *net)
{
    resnet_status status = RESNET_OK;
    bool *frozen = rn_calloc(net->arch->n_convs, sizeof *frozen);
    if (!frozen) return RESNET_E_NOMEM;
    freeze_stages(frozen, net->arch, options->freeze);
    if (options->train_last > 0) freeze_all_but_last(frozen, options->train_last, net);
    if (options->freeze_names) status = freeze_by_names(frozen, net->arch, options->freeze_names);
    if (status == RESNET_OK)
        *out = frozen;
    else
        rn_free(frozen);
    return status;
}

size_t rn_freeze_count(const bool *frozen, const rn_arch *arch)
{
    size_t count = 0;
    for (size_t row = 0; row < arch->n_convs; row++) count += frozen[row];
    return count;
}

bool rn_freeze_is_whole(const bool *frozen, const rn_arch *arch)
{
    return rn_freeze_count(frozen, arch) == arch->n_convs;
}
