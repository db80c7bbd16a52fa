/** Areas under all curves at once, for reports. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_AREAS_H
#define RN_METRICS_AREAS_H

#include "metrics/accumulator.h"

#include <stdbool.h>

typedef struct rn_class_areas {
    double auc;
    double ap;
} rn_class_areas;

typedef struct rn_areas {
    bool known;              /* false: no samples, or their scores were not kept */
    rn_class_areas *classes; /* [n_classes] */
    rn_class_areas macro, micro, weighted;
} rn_areas;

resnet_status rn_areas_open(rn_areas *out, const resnet_metrics *metrics);
void rn_areas_close(rn_areas *areas);

#endif
