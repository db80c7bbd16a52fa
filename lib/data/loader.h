/** Batches of a dataset, decoded ahead of the caller by threads of its own.
 *
 *      rn_loader_start_epoch(loader, epoch, 0);
 *      while ((status = rn_loader_next(loader, &batch)) == RESNET_OK && batch) {
 *          ... batch->images_nchw ...
 *          rn_loader_release(loader, batch);
 *      }
 *
 *  What is in a batch follows from dataset, recipe and options alone, not from the number of
 *  workers. One caller at a time. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_LOADER_H
#define RN_DATA_LOADER_H

#include "core/log.h"
#include "data/batch.h"
#include "data/sample_plan.h"

typedef struct rn_loader rn_loader;

/** Start from rn_loader_default_options(). */
typedef struct rn_loader_options {
    size_t batch;                 /* images a batch; 32 */
    size_t n_workers;             /* decoding threads; 0: as many as this process may use */
    size_t prefetch;              /* batches decoded ahead; 2 */
    uint64_t cache_bytes;         /* budget for decoded images; 0: none are kept */
    uint64_t seed;                /* of order and augmentation; 0 */
    enum rn_order_kind order;     /* RN_ORDER_SEQUENTIAL */
    bool drop_last;               /* leave out a last batch that is not full; false */
    bool share_last;              /* a last batch less than half full gets some of the one before
                                   * it; false */
    int32_t views;                /* RESNET_VIEWS_*; ONE. Others go with no augmentation or cache */
    rn_augment augment;           /* NULL: none */
    rn_augment_file augment_file; /* NULL, or a quicker way for files when cache_bytes is 0 */
    void *augment_context;
    rn_log log; /* hears of samples left out (RESNET_CORRUPT_SKIP), once each */
} rn_loader_options;

rn_loader_options rn_loader_default_options(void);

/** Pictures of so many views that make a batch of about n_images: at least one. */
static inline size_t rn_loader_fit_batch(size_t n_images, int32_t views)
{
    const size_t n = n_images / (size_t)views;
    return n ? n : 1;
}

/** Starts the workers; nothing is decoded before the first epoch. The dataset must outlive the
 *  loader. INVALID, NOMEM. */
resnet_status rn_loader_create(rn_loader **out, const resnet_dataset *dataset,
                               const resnet_recipe *recipe, const rn_loader_options *options);
/** At any time, batches in hand or not; NULL is fine. Waits for the images being decoded. */
void rn_loader_free(rn_loader *loader);

/** Begins epoch `epoch` at batch `first_batch` (to go on where an earlier run stopped). Whatever
 * was under way is dropped, batches in hand become invalid. Allocates nothing. INVALID (first_batch
 * above n_batches), STATE (after fork). */
resnet_status rn_loader_start_epoch(rn_loader *loader, uint64_t epoch, size_t first_batch);

/** The next batch, waiting for it if need be; *out NULL at the epoch's end. Up to `prefetch`
 * batches may be in hand at once. A sample that fails, of the one that comes first, fails its batch
 * with the sample's path in the message; the call after it goes on with the next batch. With
 * RESNET_CORRUPT_SKIP bad pictures (rn_left_out_add()) are left out of their batch instead, and a
 * batch left empty is passed over. FORMAT (no sample in the whole epoch, too many left out), STATE
 * (no epoch begun, all batches in hand, after fork). */
resnet_status rn_loader_next(rn_loader *loader, const rn_batch **out);

/** Gives a batch back for reuse. */
void rn_loader_release(rn_loader *loader, const rn_batch *batch);

/** Batches in an epoch, including those that may be left empty. */
size_t rn_loader_get_n_batches(const rn_loader *loader);
/** The position within the epoch's order at which a batch begins; that of n_batches is the end. */
size_t rn_loader_get_start(const rn_loader *loader, size_t batch);

/** How many different samples have been left out so far; the first `capacity` of their indices go
 *  to `indices`, ascending. */
size_t rn_loader_copy_skipped(const rn_loader *loader, uint64_t *indices, size_t capacity);

#endif
