/** How keras_graph.c and keras_functional.c take a model apart. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_LEVEL_H
#define RN_STORE_KERAS_LEVEL_H

#include "store/keras_graph.h"

#define RN_KERAS_NONE SIZE_MAX

/** A model within the model, or the outermost one. */
typedef struct rn_keras_level {
    rn_keras_graph *graph;
    const json_t *layers;
    const char *path; /* of the container its layers are in: "functional/layers/", or "" */
    size_t input;     /* node that its input layer stands for; RN_KERAS_NONE makes it one */
    size_t output;    /* node */
    int depth;
    char **paths; /* of its layers that have weights or models in them */
} rn_keras_level;

bool rn_keras_is_model(const json_t *layer);
bool rn_keras_is_input_layer(const json_t *layer);
const char *rn_keras_name_of(const json_t *layer);
const char *rn_keras_class_of(const json_t *layer);

/** Adds layer `index`, a model of its own, or a plain layer with its inputs; *out: the node. */
resnet_status rn_keras_add_inner(rn_keras_level *at, size_t index, size_t input, size_t *out);
resnet_status rn_keras_add_layer(rn_keras_level *at, size_t index, const json_t *call,
                                 const size_t *inputs, size_t n_inputs, size_t *out);

/** Adds what a functional model's output needs. */
resnet_status rn_keras_add_functional(rn_keras_level *at, const json_t *model);

#endif
