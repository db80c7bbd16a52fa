/** Several answers to one picture made one. SPDX-License-Identifier: MIT */
#ifndef RN_NET_MEAN_ROWS_H
#define RN_NET_MEAN_ROWS_H

#include <stddef.h>

/** rows [n][n_views][n_values] to out [n][n_values], their means; out may be rows. */
void rn_mean_rows(float *out, const float *rows, size_t n, size_t n_views, size_t n_values);

#endif
