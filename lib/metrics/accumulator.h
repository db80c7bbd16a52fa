/** The handle of resnet/metrics.h. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_ACCUMULATOR_H
#define RN_METRICS_ACCUMULATOR_H

#include <resnet/metrics.h>

#include "core/users.h"
#include "metrics/kept.h"
#include "metrics/mistakes.h"
#include "metrics/tally.h"

struct resnet_metrics {
    rn_users users;
    resnet_metrics_options options;
    size_t n_classes;
    char **class_names; /* [n_classes] */
    rn_tally tally;
    rn_kept kept;
    rn_mistakes mistakes;
};

/** For reports, which resnet_metrics_free() gives back. */
resnet_metrics *rn_metrics_retain(const resnet_metrics *metrics);

#endif
