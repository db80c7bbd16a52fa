/** The best classes of a row of logits. SPDX-License-Identifier: MIT */
#ifndef RN_NET_TOP_H
#define RN_NET_TOP_H

#include <stddef.h>
#include <stdint.h>

/** The labels of the k largest of logits [n], k at most n, in order: equal ones by label, what is
 *  not a number last. */
void rn_top_choose(int32_t *best, size_t k, const float *logits, size_t n);

#endif
