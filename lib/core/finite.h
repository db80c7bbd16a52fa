/** Numbers that are numbers. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_FINITE_H
#define RN_CORE_FINITE_H

#include <stdbool.h>
#include <stddef.h>

/** Whether none of `n` values is a NaN or an infinity. At the speed of memory. */
bool rn_all_finite(const float *values, size_t n);

#endif
