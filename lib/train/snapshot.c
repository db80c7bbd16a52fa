/* SPDX-License-Identifier: MIT */
#include "train/snapshot.h"

#include <string.h>

static bool is_statistic(const rn_param *param)
{
    return param->kind == RN_PARAM_BN_MEAN || param->kind == RN_PARAM_BN_VARIANCE;
}

size_t rn_snapshot_count(const rn_net *net)
{
    size_t count = 0;
    for (size_t i = 0; i < net->n_params; i++)
        if (is_statistic(&net->params[i])) count += net->params[i].count;
    return count;
}

void rn_snapshot_take(float *values, const rn_net *net)
{
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        if (!is_statistic(param)) continue;
        memcpy(values, rn_net_get_values(net, i), param->count * sizeof *values);
        values += param->count;
    }
}

void rn_snapshot_restore(rn_net *net, const float *values)
{
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        if (!is_statistic(param)) continue;
        memcpy(rn_net_get_values(net, i), values, param->count * sizeof *values);
        values += param->count;
    }
    net->generation++;
}
