/* The network's definition, one image, in double, batch norms on stored statistics and unfolded.
 * SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_NAIVE_NET_H
#define RN_TESTS_NAIVE_NET_H

#include "network.h"

#include <resnet/model.h>

typedef struct naive_map {
    size_t channels, h, w;
    double *values;
} naive_map;

#define MOST_BLOCKS 50 /* of ResNet-152 */

/** What a forward pass leaves. */
typedef struct naive_result {
    naive_map blocks[MOST_BLOCKS + 1]; /* after that many */
    double embedding[N_FEATURES];      /* arch->n_features of them */
    double *logits;
} naive_result;

static inline naive_map naive_make_map(size_t channels, size_t h, size_t w)
{
    return (naive_map){channels, h, w, make_doubles(channels * h * w)};
}

/* out row i of one channel gets weight * in row, for one tap of the kernel */
static inline void naive_add_tap(const naive_map *in, size_t c, naive_map *out, size_t o,
                                 double weight, size_t stride, long dh, long dw)
{
    for (size_t i = 0; i < out->h; i++) {
        const long h = (long)(i * stride) + dh;
        if (h < 0 || h >= (long)in->h) continue;
        const double *from = in->values + (c * in->h + (size_t)h) * in->w;
        double *to = out->values + (o * out->h + i) * out->w;
        for (size_t j = 0; j < out->w; j++) {
            const long w = (long)(j * stride) + dw;
            if (w >= 0 && w < (long)in->w) to[j] += weight * from[w];
        }
    }
}

/** Convolution and its batch norm. */
static inline naive_map naive_layer(const rn_net *net, size_t row, const naive_map *in)
{
    const rn_arch_conv *conv = &net->arch->convs[row];
    const rn_conv_params *p = &net->convs[row];
    const size_t stride = rn_arch_get_stride(conv, net->settings.variant), k = conv->kernel;
    const long pad = (long)k / 2;
    const float *weights = rn_net_get_values(net, p->weight);
    naive_map out =
        naive_make_map(conv->out_channels, (in->h - 1) / stride + 1, (in->w - 1) / stride + 1);
    for (size_t o = 0; o < out.channels; o++) {
        for (size_t c = 0; c < in->channels; c++)
            for (size_t t = 0; t < k * k; t++)
                naive_add_tap(in, c, &out, o, (double)weights[(o * in->channels + c) * k * k + t],
                              stride, (long)(t / k) - pad, (long)(t % k) - pad);
        const double deviation =
            sqrt((double)rn_net_get_values(net, p->variance)[o] + (double)net->settings.bn_epsilon);
        for (size_t i = 0; i < out.h * out.w; i++) {
            double *value = &out.values[o * out.h * out.w + i];
            *value = (*value - (double)rn_net_get_values(net, p->mean)[o]) / deviation *
                         (double)rn_net_get_values(net, p->gamma)[o] +
                     (double)rn_net_get_values(net, p->beta)[o];
        }
    }
    return out;
}

static inline void naive_relu_map(naive_map *map)
{
    for (size_t i = 0; i < map->channels * map->h * map->w; i++)
        map->values[i] = fmax(map->values[i], 0);
}

static inline naive_map naive_pool(const naive_map *in, bool padded)
{
    const size_t more = padded ? 2 : 0;
    naive_map out =
        naive_make_map(in->channels, (in->h + more - 3) / 2 + 1, (in->w + more - 3) / 2 + 1);
    for (size_t c = 0; c < in->channels; c++)
        for (size_t i = 0; i < out.h; i++)
            for (size_t j = 0; j < out.w; j++) {
                double *best = &out.values[(c * out.h + i) * out.w + j];
                *best = -INFINITY;
                for (size_t t = 0; t < 9; t++) {
                    const size_t h = 2 * i + t / 3 - padded, w = 2 * j + t % 3 - padded;
                    if (h < in->h && w < in->w)
                        *best = fmax(*best, in->values[(c * in->h + h) * in->w + w]);
                }
            }
    return out;
}

static inline naive_map naive_block(const rn_net *net, size_t index, const naive_map *in)
{
    const rn_arch_block *block = &net->arch->blocks[index];
    naive_map out = naive_layer(net, block->first, in);
    for (size_t row = block->first + 1; row <= block->last; row++) {
        naive_map before = out;
        naive_relu_map(&before);
        out = naive_layer(net, row, &before);
        rn_free(before.values);
    }
    naive_map shortcut = *in;
    if (block->has_shortcut) shortcut = naive_layer(net, block->shortcut, in);
    for (size_t i = 0; i < out.channels * out.h * out.w; i++) out.values[i] += shortcut.values[i];
    naive_relu_map(&out);
    if (block->has_shortcut) rn_free(shortcut.values);
    return out;
}

/* The smooth ones are the business of tests/unit/dnn/test_nonlinear.c. */
static inline double naive_activate(const rn_arch_activation *f, double x)
{
    if (f->kind == RESNET_ACTIVATION_TANH) return tanh(x);
    if (f->kind == RESNET_ACTIVATION_LEAKY_RELU) return x < 0 ? (double)f->slope * x : x;
    return fmax(x, 0);
}

static inline void naive_head(const rn_net *net, naive_result *r)
{
    const naive_map *last = &r->blocks[net->arch->n_blocks];
    const size_t pixels = last->h * last->w;
    for (size_t c = 0; c < net->arch->n_features; c++) {
        double sum = 0, most = -INFINITY;
        for (size_t i = 0; i < pixels; i++) {
            sum += last->values[c * pixels + i];
            most = fmax(most, last->values[c * pixels + i]);
        }
        r->embedding[c] = rn_net_takes_maxima(&net->settings) ? most : sum / (double)pixels;
    }
    double *x = make_doubles(N_FEATURES);
    memcpy(x, r->embedding, sizeof r->embedding);
    for (size_t k = 0; k < net->n_linears; k++) {
        const rn_linear_params *p = &net->linears[k];
        double *y = make_doubles(p->n_outputs);
        for (size_t o = 0; o < p->n_outputs; o++) {
            y[o] = (double)rn_net_get_values(net, p->bias)[o];
            for (size_t i = 0; i < p->n_inputs; i++)
                y[o] += x[i] * (double)rn_net_get_values(net, p->weight)[o * p->n_inputs + i];
            if (k + 1 < net->n_linears) y[o] = naive_activate(&net->settings.activations[k], y[o]);
        }
        rn_free(x);
        x = y;
    }
    r->logits = x;
}

/** From the map before block `first`, which goes to the result. */
static inline naive_result naive_forward_from(const rn_net *net, size_t first, naive_map map)
{
    naive_result r = {.logits = NULL};
    r.blocks[first] = map;
    for (size_t b = first; b < net->arch->n_blocks; b++)
        r.blocks[b + 1] = naive_block(net, b, &r.blocks[b]);
    naive_head(net, &r);
    return r;
}

static inline naive_result naive_forward(const rn_net *net, const float *image, size_t h, size_t w)
{
    naive_map input = {3, h, w, to_doubles(image, 3 * h * w)};
    naive_map stem = naive_layer(net, 0, &input);
    naive_relu_map(&stem);
    const naive_result r =
        naive_forward_from(net, 0, naive_pool(&stem, rn_net_pads_stem(&net->settings)));
    rn_free(input.values);
    rn_free(stem.values);
    return r;
}

static inline void naive_free(naive_result *r)
{
    for (size_t b = 0; b <= MOST_BLOCKS; b++) rn_free(r->blocks[b].values);
    rn_free(r->logits);
}

#endif
