/** How large every map of the network is for images of one size. SPDX-License-Identifier: MIT */
#ifndef RN_NET_GEOMETRY_H
#define RN_NET_GEOMETRY_H

#include "net/params.h"

typedef struct rn_map {
    size_t channels, h, w;
} rn_map;

typedef struct rn_geometry {
    rn_map in[RN_ARCH_N_CONVS]; /* of each convolution */
    rn_map out[RN_ARCH_N_CONVS];
    rn_map stage[RN_ARCH_N_STAGES]; /* after it; 0 is after the stem's pool */
} rn_geometry;

void rn_geometry_init(rn_geometry *geometry, const rn_net_settings *settings, size_t height,
                      size_t width);

/** The map after that many blocks; 0: after the stem's pool. */
const rn_map *rn_geometry_after_blocks(const rn_geometry *geometry, size_t n_blocks);

/** Floats of one image's map. */
static inline size_t rn_map_count(const rn_map *map)
{
    return map->channels * map->h * map->w;
}

#endif
