/** The worst mistakes so far, a bounded list. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_MISTAKES_H
#define RN_METRICS_MISTAKES_H

#include "metrics/sample.h"

typedef struct rn_mistake {
    uint64_t id;
    uint32_t label;
    uint32_t predicted;
    double label_probability;
    double predicted_probability;
} rn_mistake;

typedef struct rn_mistakes {
    size_t capacity;
    size_t count;
    rn_mistake *items; /* the worst first */
} rn_mistakes;

resnet_status rn_mistakes_open(rn_mistakes *out, size_t capacity);
void rn_mistakes_close(rn_mistakes *mistakes);

/** Notes it if it is among the worst. */
void rn_mistakes_add(rn_mistakes *mistakes, const rn_mistake *mistake);
void rn_mistakes_merge(rn_mistakes *mistakes, const rn_mistakes *other);

#endif
