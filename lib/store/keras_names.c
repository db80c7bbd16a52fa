/* keras/src/saving/saving_lib.py and the build() of each class. SPDX-License-Identifier: MIT */
#include "store/keras_names.h"

#include <string.h>

#define MAX_VARIABLES 4

static const struct {
    const char *class_name, *name;
    const char *variables[MAX_VARIABLES];
} STORED[RN_KERAS_N_STORED] = {
    {"Conv2D", "conv2d", {"kernel", "bias"}},
    {"Convolution2D", "convolution2d", {"kernel", "bias"}}, /* Keras 1 */
    {"Dense", "dense", {"kernel", "bias"}},
    {"BatchNormalization",
     "batch_normalization",
     {"gamma", "beta", "moving_mean", "moving_variance"}},
    {"SyncBatchNormalization",
     "sync_batch_normalization",
     {"gamma", "beta", "moving_mean", "moving_variance"}},
    {"Normalization", "normalization", {"mean", "variance", "count"}},
    {"Functional", "functional", {NULL}},
    {"Sequential", "sequential", {NULL}},
    {"Model", "model", {NULL}},
};

size_t rn_keras_find_stored(const char *class_name)
{
    size_t row = 0;
    while (row < RN_KERAS_N_STORED && strcmp(STORED[row].class_name, class_name) != 0) row++;
    return row;
}

const char *rn_keras_stored_name(size_t row)
{
    return STORED[row].name;
}

/* A batch norm may do without gamma, beta or both. */
static bool is_left_out(const char *variable, const json_t *config)
{
    if (strcmp(variable, "gamma") == 0) return json_is_false(json_object_get(config, "scale"));
    if (strcmp(variable, "beta") == 0) return json_is_false(json_object_get(config, "center"));
    return false;
}

const char *rn_keras_stored_variable(size_t row, const json_t *config, size_t number)
{
    for (size_t i = 0; i < MAX_VARIABLES && STORED[row].variables[i]; i++) {
        if (is_left_out(STORED[row].variables[i], config)) continue;
        if (number-- == 0) return STORED[row].variables[i];
    }
    return NULL;
}
