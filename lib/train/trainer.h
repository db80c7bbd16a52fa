/** What a trainer is inside. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_TRAINER_H
#define RN_TRAIN_TRAINER_H

#include "train/course.h"
#include "train/ema.h"
#include "train/pace.h"
#include "train/phase.h"
#include "train/trainer_options.h"
#include "train/validation.h"

#include <stdatomic.h>

struct resnet_trainer {
    resnet_trainer_options options;       /* owned texts */
    resnet_trainer_options phase_options; /* of the phase at hand; texts are those of `options` */
    resnet_model *model;                /* held, as are the datasets */
    resnet_dataset *train, *validation; /* may be NULL */
    rn_pool *pool;
    rn_log log;
    atomic_bool cancelled;
    float *class_weights; /* [n_classes] or NULL */
    resnet_augment augment;

    rn_phase *phase;
    bool in_head_phase;
    rn_validation *validator; /* NULL without validation data */
    rn_ema *ema;              /* NULL unless asked for */
    float *best_values;       /* the net's arena at the best epoch; NULL unless asked for */
    bool is_finished;         /* the model holds the final values */
    bool has_stepped;

    rn_course course;
    rn_pace pace;
    double validation_seconds;   /* of the last one */
    char *tensorboard_path;      /* NULL without */
    char *last_path, *best_path; /* of checkpoints; NULL without */
    bool has_saved;              /* last_path is there, as of saved_steps */
    uint64_t saved_steps;
};

/** Epochs of both phases. */
static inline uint64_t rn_trainer_get_n_epochs(const resnet_trainer *trainer)
{
    return (uint64_t)trainer->options.head_epochs + trainer->options.n_epochs;
}

static inline bool rn_trainer_is_head_epoch(const resnet_trainer *trainer)
{
    return trainer->train && trainer->course.epoch < trainer->options.head_epochs;
}

/** Makes a phase by phase_options where there is none. */
resnet_status rn_trainer_make_phase(resnet_trainer *trainer);
/** Makes the phase that the course's epoch belongs to the one at hand. */
resnet_status rn_trainer_enter_phase(resnet_trainer *trainer);

/** fit.c: one epoch from where it stands, validation included. */
resnet_status rn_trainer_run_epoch(resnet_trainer *trainer);
/** STATE if the loss is no number. */
resnet_status rn_trainer_check_loss(const resnet_trainer *trainer, double loss);

/** announce.c: what the host is told. */
resnet_status rn_trainer_announce(resnet_trainer *trainer, bool epoch_done);
resnet_status rn_trainer_start_history(resnet_trainer *trainer);
resnet_status rn_trainer_add_history(resnet_trainer *trainer);

/** judge.c: evaluation at an epoch's end, and what follows from the monitored figure. */
resnet_status rn_trainer_judge_epoch(resnet_trainer *trainer);

#endif
