/** Texts under keys, in the order of the keys: what a caller notes on a model.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_PAIRS_H
#define RN_STORE_PAIRS_H

#include "core/error.h"

#include <stddef.h>

#define RN_PAIRS_MAX 1024
#define RN_PAIRS_MAX_KEY 255          /* bytes */
#define RN_PAIRS_MAX_VALUE (1u << 20) /* bytes */

typedef struct rn_pair {
    char *key;
    char *value;
} rn_pair;

/** Starts as {0}. */
typedef struct rn_pairs {
    rn_pair *items;
    size_t count;
} rn_pairs;

void rn_pairs_clear(rn_pairs *pairs);
/** Copies both; replaces what stood under the key; NULL for the value removes it. INVALID for what
 *  is empty, too long, too much or not UTF-8; NOMEM. On failure nothing changes. */
resnet_status rn_pairs_set(rn_pairs *pairs, const char *key, const char *value);
/** NULL when there is no such key. */
const char *rn_pairs_get(const rn_pairs *pairs, const char *key);
/** *out is {0} before. */
resnet_status rn_pairs_copy(rn_pairs *out, const rn_pairs *pairs);

#endif
