/* ResNet-50's table for tests that walk it. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_ARCH50_H
#define RN_TESTS_ARCH50_H

#include "check.h"

#include "arch/arch.h"

#define N_FEATURES 2048

/** Made at the first call, and kept until the program ends. */
static inline const rn_arch *arch50(void)
{
    static rn_arch *arch;
    const rn_arch_settings settings = {.depth = 50};
    if (!arch) assert_ok(rn_arch_create(&arch, &settings));
    return arch;
}

#endif
