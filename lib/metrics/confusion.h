/** What follows from the confusion matrix alone. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_CONFUSION_H
#define RN_METRICS_CONFUSION_H

#include "metrics/tally.h"

#include <stdbool.h>

typedef struct rn_row {
    double precision;
    double recall;
    double f1;
    uint64_t support;
    uint64_t predicted;
} rn_row;

rn_row rn_confusion_get_class(const rn_tally *tally, size_t index);
/** `which` and `absent` as in resnet/metrics.h. */
rn_row rn_confusion_get_average(const rn_tally *tally, int64_t which, int32_t absent);

/** Whether the macro average counts this class: it occurs as a label or a prediction, or `absent`
 *  says that all do. */
bool rn_confusion_counts(const rn_tally *tally, size_t index, int32_t absent);

uint64_t rn_confusion_get_n_correct(const rn_tally *tally);
double rn_confusion_get_balanced_accuracy(const rn_tally *tally);
double rn_confusion_get_kappa(const rn_tally *tally);
double rn_confusion_get_mcc(const rn_tally *tally);

#endif
