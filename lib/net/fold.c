/* In double, rounded once. SPDX-License-Identifier: MIT */
#include "net/fold.h"

#include "core/finite.h"

#include <math.h>

resnet_status rn_fold(const rn_net *net, size_t conv, size_t first, size_t count, float *weights,
                      float *bias)
{
    const rn_conv_params *p = &net->convs[conv];
    const float *gamma = rn_net_get_values(net, p->gamma) + first;
    const float *beta = rn_net_get_values(net, p->beta) + first;
    const float *mean = rn_net_get_values(net, p->mean) + first;
    const float *variance = rn_net_get_values(net, p->variance) + first;
    const size_t per_channel = net->params[p->weight].count / net->arch->convs[conv].out_channels;
    const float *w = rn_net_get_values(net, p->weight) + first * per_channel;
    for (size_t o = 0; o < count; o++) {
        const double factor =
            (double)gamma[o] / sqrt((double)variance[o] + (double)net->settings.bn_epsilon);
        bias[o] = (float)((double)beta[o] - (double)mean[o] * factor);
        for (size_t i = 0; i < per_channel; i++)
            weights[o * per_channel + i] = (float)((double)w[o * per_channel + i] * factor);
    }
    if (rn_all_finite(bias, count) && rn_all_finite(weights, count * per_channel)) return RESNET_OK;
    return rn_fail(RESNET_E_STATE, "%s or its batch norm holds a value that is not a finite number",
                   net->params[p->weight].name);
}
