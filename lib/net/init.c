/* Random weights as torchvision makes them: He, Zhang, Ren, Sun, "Delving deep into rectifiers",
 * 2015, equation 14 (fan out); the classifier as torch.nn.Linear; zero gammas as Goyal et al.,
 * "Accurate, large minibatch SGD", 2017, section 5.1. SPDX-License-Identifier: MIT */
#include "core/rng.h"
#include "net/params.h"

#include <math.h>

static void fill_normal(float *values, size_t count, double deviation, rn_rng rng)
{
    for (size_t i = 0; i < count; i++) values[i] = (float)(deviation * rn_rng_normal(&rng));
}

static void fill_uniform(float *values, size_t count, double bound, rn_rng rng)
{
    for (size_t i = 0; i < count; i++) values[i] = (float)(bound * (2 * rn_rng_uniform(&rng) - 1));
}

static void fill(float *values, size_t count, float value)
{
    for (size_t i = 0; i < count; i++) values[i] = value;
}

static void init_conv(rn_net *net, size_t row, uint64_t seed, bool zero_gamma)
{
    const rn_arch_conv *conv = &net->arch->convs[row];
    const rn_conv_params *p = &net->convs[row];
    const size_t channels = conv->out_channels;
    const double fan_out = (double)(channels * conv->kernel * conv->kernel);
    fill_normal(rn_net_get_values(net, p->weight), net->params[p->weight].count, sqrt(2 / fan_out),
                rn_rng_make(seed, RN_RNG_INIT, p->weight, 0));
    fill(rn_net_get_values(net, p->gamma), channels, zero_gamma ? 0 : 1);
    fill(rn_net_get_values(net, p->beta), channels, 0);
    fill(rn_net_get_values(net, p->mean), channels, 0);
    fill(rn_net_get_values(net, p->variance), channels, 1);
}

void rn_net_init_backbone(rn_net *net, uint64_t seed, bool zero_init_residual)
{
    for (size_t row = 0; row < net->arch->n_convs; row++)
        init_conv(net, row, seed, zero_init_residual && net->arch->convs[row].role == RN_ROLE_LAST);
    net->is_random = true;
    net->generation++;
}

void rn_net_init_head(rn_net *net, uint64_t seed)
{
    for (size_t i = 0; i < net->n_linears; i++) {
        const rn_linear_params *p = &net->linears[i];
        const rn_rng weights = rn_rng_make(seed, RN_RNG_INIT, p->weight, 0);
        const size_t count = p->n_inputs * p->n_outputs;
        const double bound = 1 / sqrt((double)p->n_inputs);
        if (i + 1 < net->n_linears) { /* hidden: ReLU follows */
            fill_normal(rn_net_get_values(net, p->weight), count, sqrt(2.0 / (double)p->n_inputs),
                        weights);
            fill(rn_net_get_values(net, p->bias), p->n_outputs, 0);
        } else {
            fill_uniform(rn_net_get_values(net, p->weight), count, bound, weights);
            fill_uniform(rn_net_get_values(net, p->bias), p->n_outputs, bound,
                         rn_rng_make(seed, RN_RNG_INIT, p->bias, 0));
        }
    }
    net->generation++;
}
