/** Reading the configuration of one layer. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_LAYER_H
#define RN_STORE_KERAS_LAYER_H

#include "arch/arch.h"
#include "store/keras_graph.h"

bool rn_keras_is(const rn_keras_node *node, const char *class_name);
/** Whether the class is among `names`, which end in a NULL. */
bool rn_keras_is_any(const rn_keras_node *node, const char *const *names);
const char *rn_keras_text(const json_t *config, const char *key);
/** A TensorFlow function of the functional models of Keras 2 ("nn.relu"), or NULL. */
const char *rn_keras_tf_function(const rn_keras_node *node);

/** "strides": a number or two, height first. False when it is something else; `fallback` twice when
 *  it is not there. */
bool rn_keras_pair(const json_t *config, const char *key, size_t fallback, size_t out[2]);
/** Whether the value is a whole number, or a list of one, equal to `wanted` or `other`. */
bool rn_keras_is_axis(const json_t *value, json_int_t wanted, json_int_t other);
/** Whether the layer takes [n][c][h][w] ("channels_first"; "th" in Keras 1). */
bool rn_keras_is_channels_first(const json_t *config);
/** Height and width of an input's shape, 0 where it is open; false unless it has three channels. */
bool rn_keras_input_size(const json_t *config, bool channels_first, size_t out_hw[2]);

/** What a layer computes at each value: an activation of arch.h, softmax, or something else. */
typedef struct rn_keras_function {
    rn_arch_activation activation;
    bool is_softmax;
    bool is_known;    /* one of the two */
    const char *text; /* for people */
} rn_keras_function;

/** Of an "activation" in a layer's config: a name, an object, or null for none. */
rn_keras_function rn_keras_read_activation(const json_t *value);
/** Of a layer that does nothing else (Activation, ReLU, Softmax, tf.nn.relu); false when the node
 * is another kind of layer. */
bool rn_keras_read_function(const rn_keras_node *node, rn_keras_function *out);

/** Whether the layer passes its input on unchanged outside of training. */
bool rn_keras_is_harmless(const rn_keras_node *node);

#endif
