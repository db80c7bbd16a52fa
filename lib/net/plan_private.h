/** What plan.c compiles and forward.c executes. SPDX-License-Identifier: MIT */
#ifndef RN_NET_PLAN_PRIVATE_H
#define RN_NET_PLAN_PRIVATE_H

#include "dnn/conv.h"
#include "dnn/pooling.h"
#include "net/plan.h"
#include "net/strips.h"

#define RN_PLAN_MAX_PARTS 4

/** Some output channels of a convolution. Parts of one size share the convolution, which belongs to
 *  the first of them; NULL where strips run it, and for no channels. */
typedef struct rn_plan_part {
    rn_part channels;
    rn_conv *conv;
    rn_packed_entry *packed;
} rn_plan_part;

typedef struct rn_plan_row {
    rn_plan_part parts[RN_PLAN_MAX_PARTS];
} rn_plan_row;

struct rn_plan {
    const rn_net *net;
    const rn_engine *engine;
    rn_plan_key key;
    bool winograd;
    rn_geometry geometry;
    rn_plan_row *rows; /* [arch->n_convs] */
    rn_pooling *pooling;
    rn_strips *strips; /* the front of an image that several threads share, or NULL */
    size_t trunk_count, inner_count, vector_count; /* floats of each kind of buffer */
    size_t scratch_size;
};

#endif
