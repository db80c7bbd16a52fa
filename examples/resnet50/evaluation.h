/** What was measured, for people and as JSON. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_EVALUATION_H
#define EXAMPLES_EVALUATION_H

#include <jansson.h>
#include <resnet/metrics.h>

/** Figure `name` of resnet_metrics_get(); NaN if it cannot be had. */
double figure(const resnet_metrics *metrics, const char *name);

/** Prints the classification report and the figures that matter most; returns an exit status. */
int print_evaluation(const resnet_metrics *metrics);

/** {top1, top5, loss, ..., classes, per_class, confusion_matrix}. */
json_t *describe_evaluation(const resnet_metrics *metrics);

#endif
