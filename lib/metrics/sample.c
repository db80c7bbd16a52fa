/* SPDX-License-Identifier: MIT */
#include "metrics/sample.h"

#include <resnet/metrics.h>

#include <math.h>

#define SUM_TOLERANCE 1e-3 /* beyond what float32 softmax of 65,536 classes strays from 1 */

static resnet_status check_probabilities(const float *scores, size_t n_classes, size_t row)
{
    double sum = 0;
    for (size_t c = 0; c < n_classes; c++) {
        if (!(scores[c] >= 0 && scores[c] <= 1))
            return rn_fail(RESNET_E_INVALID, "sample %zu, class %zu: %g is no probability", row, c,
                           (double)scores[c]);
        sum += scores[c];
    }
    if (fabs(sum - 1) <= SUM_TOLERANCE) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "sample %zu: its probabilities sum to %g", row, sum);
}

resnet_status rn_sample_check(const float *scores, size_t n_classes, int32_t kind, int32_t label,
                              size_t row)
{
    if (label < 0 || (size_t)label >= n_classes)
        return rn_fail(RESNET_E_INVALID, "sample %zu: label %ld of %zu classes", row, (long)label,
                       n_classes);
    if (kind == RESNET_SCORES_PROBABILITIES) return check_probabilities(scores, n_classes, row);
    for (size_t c = 0; c < n_classes; c++)
        if (!isfinite(scores[c]))
            return rn_fail(RESNET_E_INVALID, "sample %zu, class %zu: score %g", row, c,
                           (double)scores[c]);
    return RESNET_OK;
}

static uint32_t find_highest(const float *scores, size_t n_classes)
{
    size_t best = 0;
    for (size_t c = 1; c < n_classes; c++)
        if (scores[c] > scores[best]) best = c;
    return (uint32_t)best;
}

/* scikit-learn's top_k_accuracy_score sorts ascending, stably, and reads from the end. */
static uint32_t rank_of(const float *scores, size_t n_classes, uint32_t label)
{
    uint32_t rank = 0;
    for (size_t c = 0; c < n_classes; c++)
        rank += scores[c] > scores[label] || (scores[c] == scores[label] && c > label);
    return rank;
}

static rn_scaling make_scaling(const float *scores, size_t n_classes, uint32_t highest)
{
    rn_scaling scaling = {scores[highest], 0};
    for (size_t c = 0; c < n_classes; c++) scaling.scale += exp(scores[c] - scaling.shift);
    return scaling;
}

double rn_scaling_get(const rn_scaling *scaling, int32_t kind, float score)
{
    if (kind == RESNET_SCORES_PROBABILITIES) return score;
    return exp(score - scaling->shift) / scaling->scale;
}

rn_sample rn_sample_make(const float *scores, size_t n_classes, int32_t kind, uint32_t label)
{
    rn_sample sample = {.label = label, .scaling = {0, 1}};
    sample.predicted = find_highest(scores, n_classes);
    sample.rank = rank_of(scores, n_classes, label);
    if (kind == RESNET_SCORES_LOGITS)
        sample.scaling = make_scaling(scores, n_classes, sample.predicted);
    sample.label_probability = rn_scaling_get(&sample.scaling, kind, scores[label]);
    sample.predicted_probability = rn_scaling_get(&sample.scaling, kind, scores[sample.predicted]);
    sample.loss = kind == RESNET_SCORES_LOGITS
                      ? log(sample.scaling.scale) + sample.scaling.shift - scores[label]
                      : -log(sample.label_probability);
    return sample;
}
