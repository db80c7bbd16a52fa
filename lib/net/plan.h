/** The folded network compiled for n images of one size a call. SPDX-License-Identifier: MIT */
#ifndef RN_NET_PLAN_H
#define RN_NET_PLAN_H

#include "core/barrier.h"
#include "core/pool.h"
#include "net/geometry.h"
#include "net/inference.h"

typedef struct rn_plan rn_plan;

/** Every layer's output channels are computed in n_parts parts that depend on nothing but the layer
 *  before, so that several threads can share one image; more than one part needs n == 1. */
typedef struct rn_plan_key {
    size_t n, height, width, n_parts;
    enum rn_dtype dtype; /* of weights and feature maps */
} rn_plan_key;

/** Compiles on the pool's workers. */
resnet_status rn_plan_create(rn_plan **out, const rn_net *net, const rn_engine *engine,
                             rn_pool *pool, const rn_plan_key *key, bool winograd);
void rn_plan_free(rn_plan *plan);
const rn_plan_key *rn_plan_get_key(const rn_plan *plan);
/** Floats a lane of activations needs, and bytes a worker's scratch. */
size_t rn_plan_count_activations(const rn_plan *plan);
size_t rn_plan_get_scratch_size(const rn_plan *plan);

/** One thread's share of a run: with one part the whole of a shard, else every n_players-th part,
 *  meeting the other players at the barrier after each layer. */
typedef struct rn_plan_run {
    const float *images_nchw;
    rn_tap tap;
    bool blocked_maps; /* leave feature maps in the engine's layout */
    float *out;
    float *activations;          /* shared by the players */
    void *scratch;               /* the worker's own */
    const rn_observer *observer; /* NULL: nobody; else there is one part */
    size_t first_image;          /* of the batch, for the observer */
    size_t worker, player, n_players;
    rn_barrier *barrier;
    const resnet_cancel_token *cancel; /* may be NULL */
} rn_plan_run;

resnet_status rn_plan_execute(const rn_plan *plan, const rn_plan_run *run);

#endif
