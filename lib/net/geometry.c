/* SPDX-License-Identifier: MIT */
#include "net/geometry.h"

#include "dnn/conv.h"
#include "dnn/pooling.h"

static rn_map after_conv(const rn_arch_conv *conv, enum rn_arch_variant variant, rn_map in)
{
    const size_t stride = rn_arch_get_stride(conv, variant);
    return (rn_map){.channels = conv->out_channels,
                    .h = rn_conv_out_size(in.h, stride),
                    .w = rn_conv_out_size(in.w, stride)};
}

static rn_map place(rn_geometry *g, size_t row, enum rn_arch_variant variant, rn_map in)
{
    g->in[row] = in;
    g->out[row] = after_conv(&RN_ARCH_CONVS[row], variant, in);
    return g->out[row];
}

void rn_geometry_init(rn_geometry *g, const rn_net_settings *settings, size_t height, size_t width)
{
    const enum rn_arch_variant variant = settings->variant;
    const bool padded = settings->stem_pool_padded;
    rn_map map = place(g, 0, variant, (rn_map){.channels = 3, .h = height, .w = width});
    map.h = rn_pooling_out_size(map.h, padded);
    map.w = rn_pooling_out_size(map.w, padded);
    g->stage[0] = map;
    for (size_t b = 0; b < RN_ARCH_N_BLOCKS; b++) {
        const rn_arch_block block = rn_arch_get_block(b);
        if (block.has_shortcut) place(g, block.shortcut, variant, map);
        map = place(g, block.reduce, variant, map);
        map = place(g, block.spatial, variant, map);
        map = place(g, block.expand, variant, map);
        g->stage[block.stage] = map;
    }
}

const rn_map *rn_geometry_after_blocks(const rn_geometry *g, size_t n_blocks)
{
    return n_blocks == 0 ? &g->stage[0] : &g->out[rn_arch_get_block(n_blocks - 1).expand];
}
