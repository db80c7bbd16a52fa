/** The primitives of training for shards of one size. SPDX-License-Identifier: MIT */
#ifndef RN_NET_SHARD_PLAN_H
#define RN_NET_SHARD_PLAN_H

#include "core/pool.h"
#include "dnn/conv.h"
#include "dnn/pooling.h"
#include "net/geometry.h"

/** Layouts of one convolution's weights, the same for shards of every size. Backward, direct and
 *  Winograd's algorithm want different ones, and a shard's size decides which of them it uses. */
typedef struct rn_weight_layouts {
    rn_layout *forward, *backward[2], *gradient; /* NULL until the first plan chose */
} rn_weight_layouts;

/** One convolution's passes. */
typedef struct rn_shard_row {
    size_t per_call; /* images a call of forward and backward_data; divides the plan's n */
    bool winograd;   /* asked for; the index of layouts.backward */
    rn_conv *forward;
    rn_conv *backward_data;    /* NULL where nothing before it learns */
    rn_conv *backward_weights; /* NULL where it does not learn itself */
} rn_shard_row;

typedef struct rn_shard_plan {
    size_t n;           /* images */
    rn_shard_row *rows; /* [n_rows], one for each of the network's convolutions */
    size_t n_rows;
    rn_pooling *pooling;
    size_t scratch_size; /* bytes a worker needs */
} rn_shard_plan;

/** Which parts of the network take part in training. */
typedef struct rn_learning {
    bool stem;          /* the stem is in the part that learns */
    size_t first_block; /* arch->n_blocks: none does */
    size_t first_conv;  /* row; arch->n_convs likewise */
    bool has_maps;      /* false: the head alone, on embeddings */
    bool *frozen;       /* [arch->n_convs] */
    bool has_tap; /* the gradient is passed on to the map before block `tap`, whoever learns */
    size_t tap;
} rn_learning;

/** Whether the gradient has to go on to what feeds this convolution: not to the images, nor from the
 *  first block into the prefix, unless there is a tap between them. */
bool rn_learning_passes_on(const rn_learning *learning, const rn_arch_conv *conv);

typedef struct rn_shard_plan_settings {
    const rn_engine *engine;
    const rn_geometry *geometry;
    const rn_net_settings *net;
    const rn_learning *learning;
    bool winograd;
    rn_weight_layouts *layouts; /* [n_convs], filled by the first plan */
} rn_shard_plan_settings;

resnet_status rn_shard_plan_create(rn_shard_plan **out, rn_pool *pool,
                                   const rn_shard_plan_settings *settings, size_t n);
void rn_shard_plan_free(rn_shard_plan *plan);

#endif
