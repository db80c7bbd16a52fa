/** Running counts and sums: all that streams, whatever the number of samples.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_TALLY_H
#define RN_METRICS_TALLY_H

#include "metrics/sample.h"

/** Of samples whose highest probability lies in (b / n_bins, (b + 1) / n_bins]; bin 0 takes 0 too.
 */
typedef struct rn_bin {
    uint64_t count;
    uint64_t correct;
    double confidence; /* sum of the highest probabilities */
} rn_bin;

typedef struct rn_tally {
    size_t n_classes;
    size_t n_bins;
    uint64_t count;
    double loss;         /* sum */
    double clipped_loss; /* sum, of scikit-learn's log_loss */
    uint64_t *confusion; /* [n_classes][n_classes], row the label */
    uint64_t *labelled;  /* [n_classes], row sums */
    uint64_t *predicted; /* [n_classes], column sums */
    uint64_t *ranks;     /* [n_classes]: samples by their label's rank */
    rn_bin *bins;        /* [n_bins] */
} rn_tally;

/** Zeroed; on NOMEM *out is all NULL. */
resnet_status rn_tally_open(rn_tally *out, size_t n_classes, size_t n_bins);
void rn_tally_close(rn_tally *tally);
void rn_tally_clear(rn_tally *tally);

/** Adds the sample `times` times. */
void rn_tally_add(rn_tally *tally, const rn_sample *sample, uint64_t times);
/** Adds all of a tally of the same sizes. */
void rn_tally_merge(rn_tally *tally, const rn_tally *other);

#endif
