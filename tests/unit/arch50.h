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

/** The same with 64 channels inside each of its 16 blocks: all its layers, a fifth of its weights. For
 *  tests whose time is that of 25 million weights, and that are about something else. */
static inline const rn_arch *slender50(void)
{
    static rn_arch *arch;
    size_t widths[16][2];
    const rn_arch_settings settings = {.depth = 50, .inner_widths = (const size_t(*)[2])widths};
    for (size_t b = 0; b < 16; b++) widths[b][0] = widths[b][1] = 64;
    if (!arch) assert_ok(rn_arch_create(&arch, &settings));
    return arch;
}

#endif
