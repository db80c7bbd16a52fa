/** Loss, accuracy and macro F1 of a dataset, summed batch by batch: the one place where an
 *  evaluation in training adds up. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_MEASURE_H
#define RN_TRAIN_MEASURE_H

#include "core/error.h"

#include <stddef.h>

/** NaN without samples. */
typedef struct rn_figures {
    double loss;     /* mean cross-entropy */
    double accuracy; /* share of right answers */
    double macro_f1; /* unweighted mean of the F1 of the classes that occur, as scikit-learn's */
} rn_figures;

typedef struct rn_measure {
    size_t n_classes;
    double loss; /* sum */
    uint64_t n_correct, n;
    uint64_t *counts; /* [3][n_classes]: right answers, labels, predictions */
} rn_measure;

resnet_status rn_measure_open(rn_measure *out, size_t n_classes);
void rn_measure_close(rn_measure *measure);
void rn_measure_clear(rn_measure *measure);
/** logits [n][n_classes], labels [n] in [0, n_classes). */
void rn_measure_add(rn_measure *measure, const float *logits, const int32_t *labels, size_t n);
rn_figures rn_measure_get(const rn_measure *measure);

#endif
