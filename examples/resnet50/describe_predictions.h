/** A picture's most probable classes as JSON. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_DESCRIBE_PREDICTIONS_H
#define EXAMPLES_DESCRIBE_PREDICTIONS_H

#include <jansson.h>
#include <resnet/session.h>

/** [{index, label, probability, logit}] of top [k]. */
json_t *describe_predictions(const resnet_prediction *top, size_t k);

#endif
