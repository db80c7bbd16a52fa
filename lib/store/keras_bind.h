/** Which tensors of a file belong to which layer of its model. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_BIND_H
#define RN_STORE_KERAS_BIND_H

#include "store/keras_graph.h"
#include "store/raw.h"

#define RN_KERAS_NO_OWNER SIZE_MAX

/** *out: for each tensor of the set the row of the node it belongs to, or RN_KERAS_NO_OWNER; for
 *  rn_free(). UNSUPPORTED for a layer with weights that is called twice. */
resnet_status rn_keras_bind(size_t **out, const rn_raw_set *set, const rn_keras_graph *graph);

/** "kernel", "gamma", ...: which variable of its layer a tensor is; "" for one it should not have.
 */
const char *rn_keras_variable_of(const rn_keras_node *node, const rn_raw_tensor *tensor);

/** The tensor of a node's variable, or NULL. */
const rn_raw_tensor *rn_keras_find_tensor(const rn_raw_set *set, const rn_keras_graph *graph,
                                          const size_t *owners, size_t row, const char *variable);

#endif
