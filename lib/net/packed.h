/** Folded convolution weights in the layouts that primitives asked for, shared by every inference
 * on a network: sessions on one model keep one copy between them. SPDX-License-Identifier: MIT */
#ifndef RN_NET_PACKED_H
#define RN_NET_PACKED_H

#include "core/dtype.h"
#include "dnn/layout.h"
#include "net/part.h"

typedef struct rn_packed rn_packed;
struct rn_net;

/** NULL when out of memory. */
rn_packed *rn_packed_create(void);
void rn_packed_free(rn_packed *packed);

/** Weights and bias of some output channels of a convolution. Owned by the cache. */
typedef struct rn_packed_entry rn_packed_entry;
const void *rn_packed_get_weights(const rn_packed_entry *entry);
const float *rn_packed_get_bias(const rn_packed_entry *entry);

/** Which weights: of those output channels of a convolution, in that type. */
typedef struct rn_packed_key {
    size_t conv;
    rn_part channels;
    enum rn_dtype dtype;
} rn_packed_key;

/** What is there already, or newly folded and packed on this worker. Give each entry back with
 *  rn_packed_release(). Entries of an older generation of the network are left to those who hold
 *  them. Any thread. */
resnet_status rn_packed_acquire(rn_packed_entry **out, const struct rn_net *net,
                                const rn_engine *engine, size_t worker, const rn_packed_key *key,
                                const rn_layout *layout);
void rn_packed_release(rn_packed *packed, rn_packed_entry *entry);

#endif
