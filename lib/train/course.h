/** Where training stands: all that is neither a tensor nor an option. Plain data of 8-byte fields,
 *  each of which a checkpoint keeps under its name. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_COURSE_H
#define RN_TRAIN_COURSE_H

#include "train/watch.h"

#include <stddef.h>

typedef struct rn_course {
    uint64_t epoch;       /* whole ones done; people are told that of the one at hand, from 1 */
    uint64_t batch;       /* the first of the epoch that no step has used */
    uint64_t epoch_steps; /* done in this epoch */
    uint64_t steps;       /* done altogether */
    uint64_t is_stopped;  /* 1: early stopping ended the run */

    double loss_sum; /* of this epoch's images so far */
    uint64_t n_correct, n_images;
    double learning_rate; /* of the last step */

    double loss, accuracy;                       /* of the last whole epoch; NaN before it */
    double val_loss, val_accuracy, val_macro_f1; /* of the last evaluation; NaN before it */

    rn_plateau plateau;
    uint64_t n_reductions; /* of its rate */
    rn_watch best;         /* what best checkpoint and restore_best go by */
    rn_watch stop;         /* what early stopping goes by */
} rn_course;

rn_course rn_course_start(void);

typedef struct rn_course_field {
    const char *name;
    size_t offset; /* of its 8 bytes */
} rn_course_field;
/** All of them. */
const rn_course_field *rn_course_list_fields(size_t *out_n);

/** Adds a batch's mean loss and right answers to the epoch's. */
void rn_course_add_batch(rn_course *course, double loss, size_t n_correct, size_t n_images);
/** Mean loss and accuracy of the epoch so far; NaN without images. */
double rn_course_get_loss(const rn_course *course);
double rn_course_get_accuracy(const rn_course *course);
/** Moves on to the next epoch. */
void rn_course_end_epoch(rn_course *course);

#endif
