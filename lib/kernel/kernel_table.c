/* SPDX-License-Identifier: MIT */
#include "kernel/kernel_table.h"

const rn_kernel *const RN_KERNELS[RN_N_KERNELS] = {&RN_KERNEL_WINOGRAD_AVX512,
                                                   &RN_KERNEL_WINOGRAD_AVX2, &RN_KERNEL_PLAIN};
