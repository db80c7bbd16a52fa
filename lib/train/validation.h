/** A dataset run through the network in evaluation mode, batch by batch.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_VALIDATION_H
#define RN_TRAIN_VALIDATION_H

#include "core/cancel.h"
#include "data/loader.h"
#include "model.h"
#include "net/inference.h"
#include "train/measure.h"

typedef struct rn_validation rn_validation;

/** Borrows everything. */
typedef struct rn_validation_settings {
    const resnet_model *model;
    const resnet_dataset *dataset;
    rn_pool *pool;
    size_t batch_size;                 /* images; a picture is so many as it has views */
    int32_t views;                     /* RESNET_VIEWS_*; others than ONE go with no cache */
    size_t n_loaders;                  /* 0: as many as the pool has threads */
    uint64_t cache_bytes;              /* for decoded images */
    const resnet_cancel_token *cancel; /* looked at before each batch */
    rn_log log;
} rn_validation_settings;

resnet_status rn_validation_create(rn_validation **out, const rn_validation_settings *settings);
void rn_validation_free(rn_validation *validation);

/** Is given each batch's logits [n][n_classes]. Every sample has a label. */
typedef resnet_status (*rn_validation_visit)(void *context, const rn_batch *batch,
                                             const float *logits);
/** Runs the values as they are now. FORMAT for a sample without a label, CANCELLED. */
resnet_status rn_validation_run(rn_validation *validation, rn_validation_visit visit,
                                void *context);
size_t rn_validation_get_n_batches(const rn_validation *validation);

resnet_status rn_validation_measure(rn_figures *out, rn_validation *validation);

#endif
