/* Networks with drawn values, pools of started workers. tests/golden/make_net.py draws the same.
 * SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_NETWORK_H
#define RN_TESTS_NETWORK_H

#include "../arch50.h"
#include "../draw.h"

#include "net/inference.h"
#include "net/params.h"
#include "net/workers.h"

#include <math.h>

static inline rn_pool *make_pool(size_t n_threads)
{
    rn_pool *pool = NULL;
    assert_ok(rn_workers_create(&pool, n_threads));
    return pool;
}

static inline rn_net_settings net_settings(size_t n_classes)
{
    return (rn_net_settings){.arch = arch50(),
                             .variant = RESNET_VARIANT_V1_5,
                             .bn_epsilon = 1e-5f,
                             .stem_pool = RESNET_STEM_POOL_PADDED,
                             .n_classes = n_classes};
}

static inline rn_net *make_net(const rn_net_settings *settings)
{
    rn_net *net = NULL;
    assert_ok(rn_net_create(&net, settings));
    return net;
}

/** Betas lie in +-0.5, moved away from 0 by beta_offset: with 3 nearly no value comes so close to
 *  ReLU's corner that rounding could take it across, which makes gradients comparable. */
static inline void draw_param(rn_net *net, size_t index, float beta_offset)
{
    const rn_param *p = &net->params[index];
    float *values = rn_net_get_values(net, index);
    const uint64_t stream = 1000 + index;
    const bool expands = p->conv >= 0 && net->arch->convs[p->conv].role == RN_ROLE_LAST;
    const double fan_in = (double)(p->count / p->dims[0]);
    switch (p->kind) {
    case RN_PARAM_CONV_WEIGHT:
        draw_uniform(values, p->count, stream, -sqrt(6 / fan_in), sqrt(6 / fan_in));
        break;
    case RN_PARAM_BN_GAMMA:
        draw_uniform(values, p->count, stream, expands ? 0.1 : 0.5, expands ? 0.5 : 1.5);
        break;
    case RN_PARAM_BN_BETA:
        draw_uniform(values, p->count, stream, -0.5, 0.5);
        for (size_t i = 0; i < p->count; i++)
            values[i] += values[i] < 0 ? -beta_offset : beta_offset;
        break;
    case RN_PARAM_BN_MEAN:
        draw_uniform(values, p->count, stream, -0.2, 0.2);
        break;
    case RN_PARAM_BN_VARIANCE:
        draw_uniform(values, p->count, stream, 0.5, 1.5);
        break;
    case RN_PARAM_LINEAR_WEIGHT:
        draw_uniform(values, p->count, stream, -0.3 / sqrt(fan_in), 0.3 / sqrt(fan_in));
        break;
    case RN_PARAM_LINEAR_BIAS:
        draw_uniform(values, p->count, stream, -0.1, 0.1);
        break;
    }
}

static inline void draw_values(rn_net *net, float beta_offset)
{
    for (size_t i = 0; i < net->n_params; i++) draw_param(net, i, beta_offset);
    net->generation++;
}

static const rn_tap LOGITS = {RN_TAP_LOGITS, 0};

/** [n][3][h][w] */
static inline float *draw_images(size_t n, size_t h, size_t w)
{
    return draw_floats(n * 3 * h * w, 1, -1, 1);
}

#endif
