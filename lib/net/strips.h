/** The front of the network, stem to stage 2, for one image cut into strips of rows. Its maps are
 * large and its weights small, so each player keeps to its own rows and fetches only the row above
 * and the row below them before a 3x3 convolution. Behind it maps are small and weights large, and
 * players share out the channels instead. SPDX-License-Identifier: MIT */
#ifndef RN_NET_STRIPS_H
#define RN_NET_STRIPS_H

#include "core/barrier.h"
#include "core/cancel.h"
#include "core/pool.h"
#include "net/geometry.h"

typedef struct rn_strips rn_strips;

#define RN_STRIPS_COUNT 4
#define RN_STRIPS_LAST_STAGE 2

/** Whether the maps have enough rows to be cut. */
bool rn_strips_worth_it(const rn_geometry *geometry);

/** Compiles on the pool's workers. */
resnet_status rn_strips_create(rn_strips **out, const rn_net *net, const rn_engine *engine,
                               rn_pool *pool, const rn_geometry *geometry, bool winograd,
                               enum rn_dtype dtype);
void rn_strips_free(rn_strips *strips);
size_t rn_strips_count_activations(const rn_strips *strips); /* floats, shared by the players */
size_t rn_strips_get_scratch_size(const rn_strips *strips);  /* bytes, of each worker */

/** One player's share of a run: every n_players-th strip. */
typedef struct rn_strips_run {
    const float *image_chw;
    size_t n_blocks; /* blocks to run, at most those up to RN_STRIPS_LAST_STAGE */
    float *map;      /* the whole map behind them, in the engine's layout */
    float *activations;
    void *scratch;
    size_t worker, player, n_players;
    rn_barrier *barrier;
    const resnet_cancel_token *cancel; /* may be NULL */
} rn_strips_run;

/** All players have written their part of `map` when this returns. */
resnet_status rn_strips_execute(const rn_strips *strips, const rn_strips_run *run);

#endif
