/** Batches as the learning part of the network wants them: images, or what the frozen layers make
 *  of them, which is computed once where it stays the same. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_SUPPLY_H
#define RN_TRAIN_SUPPLY_H

#include "core/cancel.h"
#include "data/loader.h"
#include "net/training.h"

#include <resnet/augment.h>

typedef struct rn_supply rn_supply;

typedef struct rn_supply_settings {
    const resnet_dataset *dataset; /* borrowed, as all pointers here */
    const resnet_recipe *recipe;
    rn_training *training;
    rn_net *net;
    const bool *frozen; /* [net->arch->n_convs]: which convolutions do not learn */
    rn_loader_options loader;
    resnet_augment augment; /* mixup and cutmix included */
    uint64_t n_views;       /* augmentation repeats after so many epochs; 0: never */
    uint64_t feature_budget;
    const char *feature_file;          /* NULL: none */
    const resnet_cancel_token *cancel; /* looked at before each batch */
} rn_supply_settings;

/** Valid until the next call. */
typedef struct rn_supply_batch {
    const float *features; /* [n][rn_training_count_features()], or images with nothing frozen */
    size_t n;              /* 0: the epoch is over */
    size_t height, width;  /* of the images, px */
    const int32_t *labels; /* [n] */
    const float *soft;     /* [n][n_classes] if images were mixed, else NULL */
    uint64_t number;       /* within the epoch */
} rn_supply_batch;

/** Allocates all it will ever need. */
resnet_status rn_supply_create(rn_supply **out, const rn_supply_settings *settings);
void rn_supply_free(rn_supply *supply);

/** Begins an epoch at a batch. */
resnet_status rn_supply_start_epoch(rn_supply *supply, uint64_t epoch, size_t first_batch);
/** FORMAT for a sample without a label, CANCELLED; else as rn_loader_next(). */
resnet_status rn_supply_next(rn_supply *supply, rn_supply_batch *out);
size_t rn_supply_get_n_batches(const rn_supply *supply);
/** Whether the epoch begun needs no image. */
bool rn_supply_is_cached(const rn_supply *supply);

#endif
