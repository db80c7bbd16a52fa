/* SPDX-License-Identifier: MIT */
#include "describe_predictions.h"

#include "output.h"

json_t *describe_predictions(const resnet_prediction *top, size_t k)
{
    json_t *predictions = json_array();
    for (size_t i = 0; i < k; i++) {
        json_t *prediction = json_object();
        json_put(prediction, "index", json_integer(top[i].label));
        json_put(prediction, "label", json_text(top[i].name));
        json_put(prediction, "probability", json_float(top[i].probability));
        json_put(prediction, "logit", json_float(top[i].logit));
        json_push(predictions, prediction);
    }
    return predictions;
}
