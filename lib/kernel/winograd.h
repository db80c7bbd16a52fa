/** What the versions of Winograd's algorithm for different processors share: F(4x4, 3x3), which
 *  makes tiles of 4x4 outputs from 6x6 inputs with 36 products in place of 144. Source: Lavin and
 *  Gray, "Fast algorithms for convolutional neural networks", 2015. SPDX-License-Identifier: MIT */
#ifndef RN_KERNEL_WINOGRAD_H
#define RN_KERNEL_WINOGRAD_H

#include "kernel/kernel_table.h"

#define RN_WINOGRAD_TILE 4
#define RN_WINOGRAD_SIZE 6    /* of a tile's inputs, and of what is multiplied */
#define RN_WINOGRAD_PLACES 36 /* elements of such a tile: as many matrix products */

/* The polynomials are evaluated at 0, +-A, +-B and infinity. With 1 and 2, the usual ones, the
 * transforms lose two digits more; these are sums of few powers of two, so that A^3 is exact. */
#define RN_WINOGRAD_A 0.625
#define RN_WINOGRAD_B 1.5

/** A pass as y = conv(x): backward_data is one too, from dy to dx with the kernels turned. */
typedef struct rn_winograd_job {
    size_t n, block;
    size_t in_channels, in_h, in_w;
    size_t out_channels, out_h, out_w;
    size_t pad_h, pad_w;
    size_t tiles_h, tiles_w;
    size_t chunk;             /* tiles that are at work together */
    size_t in_step, out_step; /* floats from one place's matrix to the next's in the scratch */
} rn_winograd_job;

rn_winograd_job rn_winograd_describe(const rn_kernel_shape *shape, enum rn_kernel_pass pass);

/** Whether the algorithm can, with that block of channels. */
bool rn_winograd_fits(const rn_kernel_shape *shape, enum rn_kernel_pass pass, size_t block);
/** In place of a version that was not compiled for this machine. */
bool rn_winograd_fits_nowhere(const rn_kernel_shape *shape, enum rn_kernel_pass pass);

/* The functions of rn_kernel that do not depend on the processor. Packed weights are
 * [place][out_channels / (2 block)][in_channels][2 block], the last of the middle ones perhaps half
 * as wide. */
size_t rn_winograd_get_weights_size(const rn_kernel_shape *shape);
void rn_winograd_pack(const rn_kernel_shape *shape, enum rn_kernel_pass pass, const float *plain,
                      void *packed);
size_t rn_winograd_get_scratch_size(const rn_kernel_shape *shape, enum rn_kernel_pass pass);

/** A version's kernel: what it does itself, and those. */
#define RN_WINOGRAD_KERNEL(its_name, its_fits, its_run)                                            \
    {                                                                                              \
        .name = (its_name), .dtype = RN_DTYPE_F32, .fits = (its_fits),                             \
        .get_weights_size = rn_winograd_get_weights_size, .pack = rn_winograd_pack,                \
        .get_scratch_size = rn_winograd_get_scratch_size, .run = (its_run)                         \
    }

#endif
