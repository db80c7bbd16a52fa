/** What plan.c compiles and forward.c executes. SPDX-License-Identifier: MIT */
#ifndef RN_NET_PLAN_PRIVATE_H
#define RN_NET_PLAN_PRIVATE_H

#include "dnn/conv.h"
#include "dnn/pooling.h"
#include "net/plan.h"
#include "net/strips.h"

#define RN_PLAN_MAX_PARTS 4

struct rn_plan {
    const rn_net *net;
    const rn_engine *engine;
    rn_plan_key key;
    bool winograd;
    rn_geometry geometry;
    rn_conv *convs[RN_ARCH_N_CONVS];
    rn_packed_entry *packed[RN_ARCH_N_CONVS][RN_PLAN_MAX_PARTS];
    rn_pooling *pooling;
    rn_strips *strips; /* the front of an image that several threads share, or NULL */
    size_t trunk_count, inner_count, vector_count; /* floats of each kind of buffer */
    size_t scratch_size;
};

#endif
