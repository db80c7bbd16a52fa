/* SPDX-License-Identifier: MIT */
#include "net/call.h"

rn_conv_settings rn_call_describe(const rn_call *call, const rn_net_settings *net)
{
    const rn_arch_conv *conv = call->conv;
    const bool inference = call->pass == RN_CONV_INFERENCE;
    return (rn_conv_settings){
        .pass = call->pass,
        .n = call->n,
        .groups = conv->groups,
        .in_channels = conv->in_channels,
        .in_h = call->in_h,
        .in_w = call->in_w,
        .out_channels = call->out_channels,
        .kernel = conv->kernel,
        .stride = rn_arch_get_stride(conv, net->variant),
        .dtype = call->dtype,
        .relu = inference && conv->role != RN_ROLE_SHORTCUT,
        .sum = inference && conv->role == RN_ROLE_LAST,
        .winograd = rn_call_prefers_winograd(call, net),
        .plain_src = conv->role == RN_ROLE_STEM,
        .valid_rows = call->valid_rows,
    };
}

/* Winograd's F(4x4, 3x3) works on tiles of 4x4 outputs, which pays from a number of them on: in
 * training, where each call transforms its weights, of all its images; in inference of one image,
 * however many there are, so that an image's bits do not depend on its neighbours. */
#define TILE 4
#define MIN_WIDTH 8
#define MIN_TILES_INFERENCE 4
#define MIN_TILES_TRAINING 48
#define MIN_CHANNELS 32  /* out; with fewer the transforms of the input do not pay */
#define MAX_CHANNELS 256 /* in; the transformed weights of more do not stay in the cache */

static size_t tiles_along(size_t size)
{
    return (size + TILE - 1) / TILE;
}

bool rn_call_prefers_winograd(const rn_call *call, const rn_net_settings *net)
{
    const rn_arch_conv *conv = call->conv;
    if (!call->winograd || conv->kernel != 3 || rn_arch_get_stride(conv, net->variant) != 1)
        return false;
    if (conv->in_channels > MAX_CHANNELS || call->out_channels < MIN_CHANNELS) return false;
    const size_t out_h = call->valid_rows ? call->in_h - 2 : call->in_h, out_w = call->in_w;
    const size_t tiles = tiles_along(out_h) * tiles_along(out_w);
    if (out_w < MIN_WIDTH) return false;
    return call->pass == RN_CONV_INFERENCE ? tiles >= MIN_TILES_INFERENCE
                                           : call->n * tiles >= MIN_TILES_TRAINING;
}
