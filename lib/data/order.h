/** Which samples an epoch shows, and in what order: decided by (seed, epoch) alone.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DATA_ORDER_H
#define RN_DATA_ORDER_H

#include "data/dataset.h"

enum rn_order_kind {
    RN_ORDER_SEQUENTIAL = 0, /* the dataset's */
    RN_ORDER_SHUFFLED = 1,
    /* As many samples as the dataset has, equally many of each class to within one, shuffled.
     * Within a class each sample is shown equally often to within one; unlabelled ones are not. */
    RN_ORDER_BALANCED = 2
};

/** One showing of a sample: its index in the dataset, and in the upper bits how often this epoch
 *  has shown it before. The whole number names the showing's random numbers. */
typedef uint64_t rn_draw;
#define RN_DRAW_INDEX_BITS 40

static inline size_t rn_draw_get_index(rn_draw draw)
{
    return (size_t)(draw & ((UINT64_C(1) << RN_DRAW_INDEX_BITS) - 1));
}

typedef struct rn_order {
    rn_draw *draws; /* of the epoch last asked for */
    size_t n;
    enum rn_order_kind kind;
    uint64_t seed;
    rn_dataset_groups groups; /* BALANCED: the samples by class */
    uint64_t *members;        /* BALANCED: groups.members, shuffled for the epoch */
    uint64_t *present;        /* BALANCED: classes that have samples, shuffled for the epoch */
    size_t n_present;
} rn_order;

/** INVALID: BALANCED without labelled samples. */
resnet_status rn_order_create(rn_order *out, const resnet_dataset *dataset, enum rn_order_kind kind,
                              uint64_t seed);
/** Fills draws for an epoch; allocates nothing. */
void rn_order_draw(rn_order *order, uint64_t epoch);
void rn_order_clear(rn_order *order);

#endif
