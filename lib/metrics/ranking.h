/** Samples from the highest score of a class to the lowest: what ROC and precision-recall curves
 *  walk along. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_RANKING_H
#define RN_METRICS_RANKING_H

#include "metrics/kept.h"

typedef struct rn_ranked {
    double score;    /* a probability */
    uint32_t sample; /* which one */
    uint32_t positive;
} rn_ranked;

typedef struct rn_ranking {
    size_t count;
    rn_ranked *items; /* by descending score */
} rn_ranking;

/** `which`: a class, all samples by their score for it, or RESNET_MICRO, every pair of a sample and
 *  a class. STATE if no scores were kept; INVALID if there are no samples. */
resnet_status rn_ranking_open(rn_ranking *out, const rn_kept *kept, int64_t which);
void rn_ranking_close(rn_ranking *ranking);

/** How many are taken for positive when all with at least this score are. */
typedef struct rn_cut {
    double threshold;
    double true_positives;
    double false_positives;
} rn_cut;

/** From *at (0 at first) past all items of the next score, adding them to *cut (0 at first). False
 *  at the end. Sample i counts weights[i] times, or once if NULL. */
bool rn_ranking_next(const rn_ranking *ranking, size_t *at, rn_cut *cut, const uint32_t *weights);

/** The cut at every score, count of them at most. */
size_t rn_ranking_copy_cuts(rn_cut *out, const rn_ranking *ranking);

/** A class's area under a curve and how many samples it has. */
typedef struct rn_area {
    double value;
    double positives;
} rn_area;

/** Under the ROC curve, by trapezoids; NaN without positives or without negatives. */
rn_area rn_ranking_get_auc(const rn_ranking *ranking, const uint32_t *weights);
/** Average precision, the sum of precision x gain in recall; 0 without positives. */
rn_area rn_ranking_get_ap(const rn_ranking *ranking, const uint32_t *weights);

#endif
