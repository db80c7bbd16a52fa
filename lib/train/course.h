/** Where training stands: all that is neither a tensor nor an option. Plain data, so that a
 *  checkpoint keeps it as it is. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_COURSE_H
#define RN_TRAIN_COURSE_H

#include "train/watch.h"

#include <stddef.h>

typedef struct rn_course {
    uint64_t epoch;       /* at hand, or n_epochs when all are done */
    uint64_t batch;       /* the first of the epoch that no step has used */
    uint64_t epoch_steps; /* done in this epoch */
    uint64_t steps;       /* done altogether */
    uint64_t is_stopped;  /* 1: early stopping ended the run */

    double loss_sum; /* of this epoch's images so far */
    uint64_t n_correct, n_images;
    double learning_rate; /* of the last step */

    double loss, accuracy;         /* of the last whole epoch; NaN before it */
    double val_loss, val_accuracy; /* of the last evaluation; NaN before it */

    rn_plateau plateau;
    rn_watch best; /* what best checkpoint and restore_best go by */
    rn_watch stop; /* what early stopping goes by */
} rn_course;

rn_course rn_course_start(void);
/** Adds a batch's mean loss and right answers to the epoch's. */
void rn_course_add_batch(rn_course *course, double loss, size_t n_correct, size_t n_images);
/** Mean loss and accuracy of the epoch so far; NaN without images. */
double rn_course_get_loss(const rn_course *course);
double rn_course_get_accuracy(const rn_course *course);
/** Moves on to the next epoch. */
void rn_course_end_epoch(rn_course *course);

#endif
