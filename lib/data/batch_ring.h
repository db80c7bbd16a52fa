/** Room for the batches that are decoded ahead: batch b lies in slot b % n_slots. Whoever uses it
 *  guards states and counts. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_BATCH_RING_H
#define RN_DATA_BATCH_RING_H

#include "core/error.h"
#include "data/batch.h"

#include <stdbool.h>

enum rn_slot_state {
    RN_SLOT_FREE,
    RN_SLOT_FILLING,
    RN_SLOT_TAKEN /* the caller's */
};

typedef struct rn_batch_slot {
    rn_batch batch; /* first: the caller's pointer leads back to the slot */
    enum rn_slot_state state;
    size_t n_positions; /* of the epoch, in this batch */
    size_t n_done;
    float *images;
    int32_t *labels;
    uint64_t *samples;
    bool *skipped;        /* by place in the batch */
    resnet_status status; /* of the first sample that failed */
    size_t failed_place;
    char message[1024];
} rn_batch_slot;

typedef struct rn_batch_ring {
    rn_batch_slot *slots;
    size_t n_slots;
    size_t image_size; /* floats of a sample */
    float *images;     /* one block for all slots */
} rn_batch_ring;

/** Slots for `batch` samples each, from a page of its own. NOMEM; what was made is for clear. */
resnet_status rn_batch_ring_create(rn_batch_ring *ring, size_t n_slots, size_t batch,
                                   size_t image_size);
/** Of one that was created, or of zeros. */
void rn_batch_ring_clear(rn_batch_ring *ring);

static inline rn_batch_slot *rn_batch_ring_get(const rn_batch_ring *ring, size_t batch)
{
    return &ring->slots[batch % ring->n_slots];
}
/** The slot that a batch of the caller's lies in. */
rn_batch_slot *rn_batch_ring_find(const rn_batch_ring *ring, const rn_batch *batch);

/** Keeps the status and the thread's message, if no sample before this one has failed. */
void rn_batch_slot_note_failure(rn_batch_slot *slot, size_t place, resnet_status status);
/** Closes the gaps that skipped samples left; what remains keeps its order, and is the batch. */
void rn_batch_slot_close_gaps(rn_batch_slot *slot, size_t image_size);

#endif
