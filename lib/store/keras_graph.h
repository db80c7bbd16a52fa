/** The graph of a Keras model: Sequential and functional models of Keras 1 to 3, nested ones taken
 *  apart, as one list of calls in the order of the data. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_GRAPH_H
#define RN_STORE_KERAS_GRAPH_H

#include "core/error.h"
#include "store/keras_call.h"

#define RN_KERAS_MAX_NODES 4096

/** One call of one layer. Texts and JSON are borrowed from the model's JSON. */
typedef struct rn_keras_node {
    const char *class_name;
    const char *name;
    const json_t *config;
    const json_t *call; /* see keras_call.h; NULL within a Sequential */
    char *path;         /* where Keras 3's store has it: "functional/layers/conv2d_1"; or NULL */
    bool is_input;      /* the model's; config says its shape */
    bool is_foreign;    /* not a class of Keras's own, whatever its name */
    size_t n_inputs;
    size_t inputs[RN_KERAS_MAX_INPUTS]; /* rows of nodes, all before this one */
} rn_keras_node;

typedef struct rn_keras_graph {
    rn_keras_node *nodes;
    size_t n_nodes;
    size_t capacity;
    size_t n_seen; /* layers looked at, in nested models again for each call */
} rn_keras_graph;

/** Lists what the model's output needs; the last node is the output. FORMAT for JSON that is no
 *  model, UNSUPPORTED, by name, for several inputs or outputs and what is called while training.
 *  The graph borrows `model`; on failure it is empty. */
resnet_status rn_keras_graph_build(rn_keras_graph *out, const json_t *model);
void rn_keras_graph_clear(rn_keras_graph *graph);

/** Whether the JSON of a layer or function says a module that is not Keras's own. */
bool rn_keras_is_foreign(const json_t *object);

#endif
