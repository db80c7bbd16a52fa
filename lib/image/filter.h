/** The weights of Pillow's antialiased resampling along one axis, in its fixed point.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_FILTER_H
#define RN_IMAGE_FILTER_H

#include "core/error.h"

#define RN_FILTER_BITS 22 /* of the weights' fraction */
#define RN_FILTER_GROUP 4 /* n_taps is a multiple of this */

/** Output i is the sum over t < n_taps of input[starts[i] + t] * weights[i * n_taps + t], rounded,
 *  shifted by RN_FILTER_BITS and clipped to 0..255. Weights that pad an output's taps are zero. */
typedef struct rn_filter {
    size_t n_out, n_taps;
    size_t needed_start, needed_end; /* inputs that some weight can be non-zero for */
    size_t *starts;                  /* [n_out + 1], in [needed_start, needed_end) */
    int32_t *weights;                /* [n_out][n_taps] */
    /* For multipliers that take 16 bits and do two outputs at once: [(n_out + 1) / 2][n_taps / 4]
     * [2][8], the upper halves (>> 15) of an output's four weights, then their lower 15 bits. An
     * odd n_out is made even by weights of zero. */
    int16_t *split;
} rn_filter;

/** One axis of a resize from in_size to out_size, of which outputs [first, first + n_out) are
 *  wanted; `kind` is RESNET_FILTER_BILINEAR or RESNET_FILTER_BICUBIC. NOMEM. */
resnet_status rn_filter_create(rn_filter *out, size_t in_size, size_t out_size, size_t first,
                               size_t n_out, int32_t kind);
void rn_filter_destroy(rn_filter *filter);

#endif
