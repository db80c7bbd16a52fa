/* SPDX-License-Identifier: MIT */
#include "net/mean_rows.h"

/* Value v of picture i is read before it, or one that is read later, is written: i <= i n_views. */
void rn_mean_rows(float *out, const float *rows, size_t n, size_t n_views, size_t n_values)
{
    for (size_t i = 0; i < n; i++)
        for (size_t v = 0; v < n_values; v++) {
            const float *column = rows + i * n_views * n_values + v;
            double sum = 0;
            for (size_t j = 0; j < n_views; j++) sum += (double)column[j * n_values];
            out[i * n_values + v] = (float)(sum / (double)n_views);
        }
}
