/** What one sample contributes to the running sums. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_SAMPLE_H
#define RN_METRICS_SAMPLE_H

#include "core/error.h"

/** How a row of scores becomes probabilities: exp(score - shift) / scale for logits, the score
 *  itself for probabilities. */
typedef struct rn_scaling {
    double shift;
    double scale;
} rn_scaling;

typedef struct rn_sample {
    uint32_t label;
    uint32_t predicted;
    uint32_t rank; /* how many classes come before the label, of equal scores the higher index */
    double label_probability;
    double predicted_probability;
    double loss; /* -log(label_probability), accurate where that underflows */
    rn_scaling scaling;
} rn_sample;

/** INVALID, naming `row`, if a score or the label is out of its range. `kind`: RESNET_SCORES_*. */
resnet_status rn_sample_check(const float *scores, size_t n_classes, int32_t kind, int32_t label,
                              size_t row);

/** scores [n_classes], checked. */
rn_sample rn_sample_make(const float *scores, size_t n_classes, int32_t kind, uint32_t label);

/** The probability that a score of a row so scaled stands for. */
double rn_scaling_get(const rn_scaling *scaling, int32_t kind, float score);

#endif
