/** Keras's layers that keep weights: what its stores call them and their variables.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_NAMES_H
#define RN_STORE_KERAS_NAMES_H

#include <jansson.h>
#include <stdbool.h>

#define RN_KERAS_N_STORED 9

/** The row of a class that keeps weights or layers that do; RN_KERAS_N_STORED for any other. */
size_t rn_keras_find_stored(const char *class_name);
/** "conv2d": the first group of that class in Keras 3's store, which counts the rest. */
const char *rn_keras_stored_name(size_t row);
/** Variable `number` of a layer in Keras's order ("kernel"), or NULL when it has not so many. */
const char *rn_keras_stored_variable(size_t row, const json_t *config, size_t number);

#endif
