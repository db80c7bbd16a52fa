/** x + c, c - x, x * c, x / c: operations of Keras 3 and of TensorFlow in a model's graph.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_ARITHMETIC_H
#define RN_STORE_KERAS_ARITHMETIC_H

#include "store/keras_graph.h"

/** '+', '-', '*' or '/', or 0 when the node is no such operation. */
char rn_keras_find_arithmetic(const rn_keras_node *node);

/** The operation as x * scale + offset; *out_n is 1 or, for constants along the last axis, up to 3.
 *  False unless one side is a tensor and the other constant. */
bool rn_keras_read_arithmetic(const rn_keras_node *node, char operation, double scale[3],
                              double offset[3], size_t *out_n);

#endif
