/** Kinds of numbers in tensors: in files, and in what the kernels work on.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_DTYPE_H
#define RN_CORE_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

enum rn_dtype {
    RN_DTYPE_F32, /* 0: what everything is unless it says otherwise */
    RN_DTYPE_F64,
    RN_DTYPE_F16,  /* IEEE 754 binary16 */
    RN_DTYPE_BF16, /* the upper half of a float */
    RN_DTYPE_U8,
    RN_DTYPE_S8,
    RN_DTYPE_S32,
    RN_DTYPE_OTHER /* known to be none of these */
};

/** Bytes of one element; 0 for RN_DTYPE_OTHER. */
size_t rn_dtype_size(enum rn_dtype dtype);
/** "F32", "BF16", "I8": as safetensors files spell it; "OTHER". */
const char *rn_dtype_name(enum rn_dtype dtype);
/** The other way; RN_DTYPE_OTHER for what is none of them. */
enum rn_dtype rn_dtype_find(const char *name);
bool rn_dtype_is_float(enum rn_dtype dtype);

/** One element as a float, to the nearest; its bytes may lie at any address. 0 for OTHER. */
float rn_dtype_load(const void *bytes, enum rn_dtype dtype);

#endif
