/* SPDX-License-Identifier: MIT */
#include "net/geometry.h"

#include "core/mem.h"
#include "dnn/conv.h"
#include "dnn/pooling.h"

static rn_map after_conv(const rn_arch_conv *conv, int32_t variant, rn_map in)
{
    const size_t stride = rn_arch_get_stride(conv, variant);
    return (rn_map){.channels = conv->out_channels,
                    .h = rn_conv_out_size(in.h, stride),
                    .w = rn_conv_out_size(in.w, stride),
                    .level = in.level + (stride > 1)};
}

static rn_map after_pool(const rn_net_settings *settings, rn_map in)
{
    return (rn_map){.channels = in.channels,
                    .h = rn_pooling_out_size(in.h, rn_net_pads_stem(settings)),
                    .w = rn_pooling_out_size(in.w, rn_net_pads_stem(settings)),
                    .level = 1};
}

/* What follows `in` at a convolution, noted in `rows` unless that is NULL. */
static rn_map place(rn_geometry_row *rows, const rn_net_settings *settings, size_t row, rn_map in)
{
    rn_map out = after_conv(&settings->arch->convs[row], settings->variant, in);
    if (row == 0) out.level = 0;
    if (rows) rows[row] = (rn_geometry_row){in, out};
    return out;
}

static rn_map place_block(rn_geometry_row *rows, const rn_net_settings *settings,
                          const rn_arch_block *block, rn_map map)
{
    if (block->has_shortcut && rows) place(rows, settings, block->shortcut, map);
    for (size_t row = block->first; row <= block->last; row++)
        map = place(rows, settings, row, map);
    return map;
}

static rn_map place_stem(rn_geometry_row *rows, const rn_net_settings *settings, rn_map image)
{
    return after_pool(settings, place(rows, settings, 0, image));
}

resnet_status rn_geometry_init(rn_geometry *g, const rn_net_settings *settings, size_t height,
                               size_t width)
{
    const rn_arch *arch = settings->arch;
    *g = (rn_geometry){.arch = arch, .image = {.channels = 3, .h = height, .w = width}};
    g->rows = rn_calloc(arch->n_convs, sizeof *g->rows);
    if (!g->rows) return RESNET_E_NOMEM;
    rn_map map = g->stage[0] = place_stem(g->rows, settings, g->image);
    for (size_t b = 0; b < arch->n_blocks; b++) {
        map = place_block(g->rows, settings, &arch->blocks[b], map);
        g->stage[arch->blocks[b].stage] = map;
    }
    return RESNET_OK;
}

void rn_geometry_clear(rn_geometry *g)
{
    rn_free(g->rows);
    *g = (rn_geometry){0};
}

const rn_map *rn_geometry_after_blocks(const rn_geometry *g, size_t n_blocks)
{
    return n_blocks == 0 ? &g->stage[0] : &g->rows[g->arch->blocks[n_blocks - 1].last].out;
}

rn_map rn_geometry_find_map(const rn_net_settings *settings, size_t height, size_t width,
                            size_t n_blocks)
{
    rn_map map = place_stem(NULL, settings, (rn_map){.channels = 3, .h = height, .w = width});
    for (size_t b = 0; b < n_blocks; b++)
        map = place_block(NULL, settings, &settings->arch->blocks[b], map);
    return map;
}
