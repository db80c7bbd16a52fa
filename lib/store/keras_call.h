/** How a layer is called in a model's graph, in the forms of Keras 1 and 2
 *  ([["name", 0, 0, {...}], ...]) and of Keras 3 ({"args": [...], "kwargs": {...}}).
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_CALL_H
#define RN_STORE_KERAS_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define RN_KERAS_MAX_INPUTS 4

/** A tensor that a call takes: output `tensor` of call `call` of the layer `name`. */
typedef struct rn_keras_ref {
    const char *name;
    size_t call, tensor;
} rn_keras_ref;

/** One reference written as [name, call, tensor, ...]; false for anything else. */
bool rn_keras_ref_read(const json_t *json, rn_keras_ref *out);
/** All tensors that a call takes, in order. The number may exceed RN_KERAS_MAX_INPUTS, which is how
 *  many are written; SIZE_MAX when the text makes no sense. */
size_t rn_keras_call_list(const json_t *call, rn_keras_ref out[RN_KERAS_MAX_INPUTS]);
/** A keyword argument, or NULL. */
const json_t *rn_keras_call_keyword(const json_t *call, const char *key);
/** Positional argument `index`, or NULL; Keras 2 keeps only the first, others are keywords. */
const json_t *rn_keras_call_argument(const json_t *call, size_t index);

/** Numbers along the last axis: a number, or lists nested around one list of up to `capacity`.
 *  Returns how many, 0 for anything else. Keras 3 wraps arrays in an object. */
size_t rn_keras_numbers(const json_t *json, double *out, size_t capacity);

/** An operand of an arithmetic operation: a tensor (n is 0), or n constants. */
typedef struct rn_keras_operand {
    bool is_tensor;
    size_t n;
    double values[3];
} rn_keras_operand;

/** Both operands of x1 op x2; false when there is another number, or one is neither. */
bool rn_keras_call_operands(const json_t *call, rn_keras_operand out[2]);

#endif
