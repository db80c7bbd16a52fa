/** A stretch of training in which the same layers learn by the same rule: gradients, optimiser and
 *  data. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_PHASE_H
#define RN_TRAIN_PHASE_H

#include "model.h"
#include "train/measure.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/supply.h"
#include "train/watch.h"

#include <resnet/trainer.h>

typedef struct rn_phase rn_phase;

/** What a phase is made of; all borrowed. */
typedef struct rn_phase_settings {
    const resnet_trainer_options *options; /* complete, see train/trainer_options.h */
    resnet_model *model;
    const resnet_dataset *train;      /* NULL: the host brings batches */
    const resnet_dataset *validation; /* NULL: none */
    rn_pool *pool;
    const float *class_weights; /* NULL: 1 each */
    resnet_augment augment;
    const resnet_cancel_token *cancel;
    rn_log log;
} rn_phase_settings;

resnet_status rn_phase_create(rn_phase **out, const rn_phase_settings *settings);
void rn_phase_free(rn_phase *phase);

/** Gradients of one more batch, to be averaged with those since the last step. `ident` names the
 *  batch's random numbers. */
resnet_status rn_phase_add_batch(rn_phase *phase, const rn_supply_batch *batch, uint64_t ident,
                                 rn_step_result *out);
/** Moves the values by the averaged gradients. */
resnet_status rn_phase_step(rn_phase *phase, double learning_rate);

/** The validation data by the head alone, when nothing else learns. */
bool rn_phase_has_validation(const rn_phase *phase);
resnet_status rn_phase_validate(rn_figures *out, rn_phase *phase);

/** Drops gradients that no step has used. */
void rn_phase_forget(rn_phase *phase);

/** The planned rate `time` epochs into the phase; `plateau` is the rate where plateaus decide. */
double rn_phase_get_rate(const rn_phase *phase, double time, double plateau);

/** Whether images go through rn_training_run_prefix() first. */
bool rn_phase_has_prefix(const rn_phase *phase);
rn_training *rn_phase_get_training(const rn_phase *phase);
rn_optimizer *rn_phase_get_optimizer(const rn_phase *phase);
rn_supply *rn_phase_get_supply(const rn_phase *phase); /* NULL without data */
/** Factor by which the last step took the gradients as they lie in memory. */
double rn_phase_get_gradient_scale(const rn_phase *phase);

#endif
