/** What a trainer is inside. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_TRAINER_H
#define RN_TRAIN_TRAINER_H

#include "train/course.h"
#include "train/ema.h"
#include "train/facts.h"
#include "train/journal.h"
#include "train/pace.h"
#include "train/phase.h"
#include "train/trainer_options.h"
#include "train/validation.h"

struct resnet_trainer {
    resnet_trainer_options options;       /* owned texts */
    resnet_trainer_options phase_options; /* of the phase at hand; texts are those of `options` */
    resnet_model *model;                /* held, as are the datasets */
    resnet_dataset *train, *validation; /* may be NULL */
    rn_pool *pool;
    rn_log log;
    resnet_cancel_token cancel;
    float *class_weights; /* [n_classes] or NULL */
    resnet_augment augment;

    rn_phase *phase;
    bool in_head_phase;
    rn_validation *validator; /* NULL without validation data */
    rn_ema *ema;              /* NULL unless asked for */
    float *best_values;       /* the net's arena at the best epoch; NULL unless asked for */
    float *statistics;        /* running ones as of the last finished step */
    bool holds_final;         /* the model holds the values to be kept, not the last step's */
    bool is_finished;
    bool has_stepped;
    bool is_epoch_open;  /* judged, but neither saved nor announced */
    int32_t stop_reason; /* RESNET_STOP_* */
    uint64_t events;     /* RESNET_EVENT_* of the epoch that has just ended */

    rn_course course;
    rn_pace pace;
    double validation_seconds; /* of the last one */
    rn_journal journal;
    rn_facts *facts;             /* NULL without a folder for checkpoints */
    char *last_path, *best_path; /* of checkpoints; NULL without */
    bool has_saved;              /* last_path is there, as of saved_steps */
    bool is_save_failing;        /* the last attempt failed */
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

/** What is monitored; never AUTO. */
int32_t rn_trainer_get_monitor(const resnet_trainer *trainer);

/** Makes a phase by phase_options where there is none; `train` NULL: one without data. */
resnet_status rn_trainer_make_phase(resnet_trainer *trainer, const resnet_dataset *train);
/** Makes the phase that the course's epoch belongs to the one at hand. */
resnet_status rn_trainer_enter_phase(resnet_trainer *trainer, const resnet_dataset *train);
void rn_trainer_leave_phase(resnet_trainer *trainer);

/** fit.c: one epoch from where it stands, validation included; before that what is left of the one
 *  before. */
resnet_status rn_trainer_run_epoch(resnet_trainer *trainer);
/** Saves and announces an epoch that is judged. */
resnet_status rn_trainer_close_epoch(resnet_trainer *trainer);
/** The rate that the host's schedule makes of the planned one. */
resnet_status rn_trainer_ask_schedule(double *out, const resnet_trainer *trainer, uint64_t epoch,
                                      uint64_t step, uint64_t n_steps, double planned);
/** STATE if the loss is no number. */
resnet_status rn_trainer_check_loss(const resnet_trainer *trainer, double loss);

/** announce.c: what the host is told. */
resnet_status rn_trainer_announce(resnet_trainer *trainer, bool epoch_done);
resnet_status rn_trainer_start_journal(resnet_trainer *trainer);
/** An epoch's line, of a course that has it still at hand. */
void rn_trainer_add_to_journal(resnet_trainer *trainer, const rn_course *course);

/** judge.c: evaluation at an epoch's end, and what follows from the monitored figure. */
resnet_status rn_trainer_judge_epoch(resnet_trainer *trainer);

#endif
