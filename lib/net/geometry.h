/** How large every map of the network is for images of one size. SPDX-License-Identifier: MIT */
#ifndef RN_NET_GEOMETRY_H
#define RN_NET_GEOMETRY_H

#include "net/params.h"

typedef struct rn_map {
    size_t channels, h, w;
    size_t level; /* the stage whose rows and columns it has; 0: the stem's, before its pool */
} rn_map;

/** The maps of one convolution. */
typedef struct rn_geometry_row {
    rn_map in, out;
} rn_geometry_row;

typedef struct rn_geometry {
    const rn_arch *arch;
    rn_geometry_row *rows;          /* [arch->n_convs] */
    rn_map image;                   /* its level says nothing */
    rn_map stage[RN_ARCH_N_STAGES]; /* after it; 0 is after the stem's pool */
} rn_geometry;

/** Borrows settings->arch. NOMEM. */
resnet_status rn_geometry_init(rn_geometry *geometry, const rn_net_settings *settings,
                               size_t height, size_t width);
/** Of one that was initialised, or of zeros. */
void rn_geometry_clear(rn_geometry *geometry);

/** The map after that many blocks; 0: after the stem's pool. */
const rn_map *rn_geometry_after_blocks(const rn_geometry *geometry, size_t n_blocks);
/** The same without a table of all of them. */
rn_map rn_geometry_find_map(const rn_net_settings *settings, size_t height, size_t width,
                            size_t n_blocks);

/** Floats of one image's map. */
static inline size_t rn_map_count(const rn_map *map)
{
    return map->channels * map->h * map->w;
}

#endif
