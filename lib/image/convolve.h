/** The inner loops of resizing. Whatever the processor, the same bits.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_CONVOLVE_H
#define RN_IMAGE_CONVOLVE_H

#include "image/filter.h"

/** Bytes beyond the last pixel that may be read (rows) or written (outputs). */
#define RN_CONVOLVE_SLACK 32

/** Along a row: out[i] from in[starts[i] - origin ...], i < filter->n_out, both RGB. Reads pixels
 *  up to n_taps beyond the row's needed end only if fewer are needed than there are taps. */
typedef void (*rn_convolve_row)(uint8_t *out, const uint8_t *in, size_t origin,
                                const rn_filter *filter);

/** Across rows: byte x of out from byte x of n_taps rows that lie `stride` bytes apart, `size`
 *  bytes in all; `weights` are n_taps integers in the filter's fixed point. */
typedef void (*rn_convolve_column)(uint8_t *out, const uint8_t *rows, size_t stride, size_t size,
                                   const int32_t *weights, size_t n_taps);

typedef struct rn_convolve {
    rn_convolve_row row;
    rn_convolve_column column;
} rn_convolve;

/** Plain C, for any processor and as the measure of the others. */
extern const rn_convolve rn_convolve_plain;
/** NULL where this processor lacks AVX2. */
const rn_convolve *rn_convolve_get_avx2(void);
/** The fastest one. */
const rn_convolve *rn_convolve_get_best(void);

#endif
