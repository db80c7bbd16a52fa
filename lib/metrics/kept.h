/** The scores of all samples, for what running sums cannot tell. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_KEPT_H
#define RN_METRICS_KEPT_H

#include "metrics/sample.h"

#include <stdbool.h>

typedef struct rn_kept {
    size_t n_classes;
    int32_t kind;       /* RESNET_SCORES_* */
    uint64_t max_bytes; /* of scores */
    bool complete;      /* false: they were let go, and nothing is kept any more */
    size_t count;
    size_t capacity;
    float *scores;        /* [count][n_classes] */
    uint32_t *labels;     /* [count] */
    rn_scaling *scalings; /* [count] */
} rn_kept;

rn_kept rn_kept_open(size_t n_classes, int32_t kind, uint64_t max_bytes);
void rn_kept_close(rn_kept *kept);
void rn_kept_clear(rn_kept *kept);

/** Makes room for n more samples, or lets all go if they would exceed max_bytes. */
resnet_status rn_kept_reserve(rn_kept *kept, size_t n);
/** Appends; there must be room, or nothing be kept. */
void rn_kept_add(rn_kept *kept, const float *scores, const rn_sample *sample);
/** Appends all of another; there must be room. If the other let its scores go, so does this one. */
void rn_kept_merge(rn_kept *kept, const rn_kept *other);

/** The probability that sample i is of class c. */
double rn_kept_get_probability(const rn_kept *kept, size_t i, size_t c);
/** Sample i as it was added. */
rn_sample rn_kept_get_sample(const rn_kept *kept, size_t i);

/** STATE if the scores were not kept. */
resnet_status rn_kept_require(const rn_kept *kept, const char *what);

#endif
