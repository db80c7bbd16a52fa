/* The table, a block a line. SPDX-License-Identifier: MIT */
#include "arch/arch.h"

#define NAME(stage, block, part) "layer" #stage "." #block "." part

#define BOTTLENECK(s, b, in, width, stride)                                                          \
    {NAME(s, b, "conv1"), NAME(s, b, "bn1"), s, b, RN_ROLE_REDUCE, 1, in, width, stride, 1},         \
        {NAME(s, b, "conv2"), NAME(s, b, "bn2"), s, b, RN_ROLE_SPATIAL, 3, width, width, 1, stride}, \
    {                                                                                                \
        NAME(s, b, "conv3"), NAME(s, b, "bn3"), s, b, RN_ROLE_EXPAND, 1, width, 4 * width, 1, 1      \
    }

#define FIRST(s, in, width, stride)                                                                \
    BOTTLENECK(s, 0, in, width, stride),                                                           \
    {                                                                                              \
        NAME(s, 0, "downsample.0"), NAME(s, 0, "downsample.1"), s, 0, RN_ROLE_SHORTCUT, 1, in,     \
            4 * width, stride, stride                                                              \
    }

#define NEXT(s, b, width) BOTTLENECK(s, b, 4 * width, width, 1)

/* clang-format off */
const rn_arch_conv RN_ARCH_CONVS[RN_ARCH_N_CONVS] = {
    {"conv1", "bn1", 0, 0, RN_ROLE_STEM, 7, 3, 64, 2, 2},
    FIRST(1, 64, 64, 1),     NEXT(1, 1, 64),  NEXT(1, 2, 64),
    FIRST(2, 256, 128, 2),   NEXT(2, 1, 128), NEXT(2, 2, 128), NEXT(2, 3, 128),
    FIRST(3, 512, 256, 2),   NEXT(3, 1, 256), NEXT(3, 2, 256), NEXT(3, 3, 256), NEXT(3, 4, 256),
                             NEXT(3, 5, 256),
    FIRST(4, 1024, 512, 2),  NEXT(4, 1, 512), NEXT(4, 2, 512),
};
/* clang-format on */

static bool starts_block(const rn_arch_conv *conv)
{
    return conv->role == RN_ROLE_REDUCE;
}

rn_arch_block rn_arch_get_block(size_t index)
{
    size_t row = 0;
    for (size_t seen = 0;; row++)
        if (starts_block(&RN_ARCH_CONVS[row]) && seen++ == index) break;
    const rn_arch_conv *reduce = &RN_ARCH_CONVS[row];
    return (rn_arch_block){
        .stage = reduce->stage,
        .block = reduce->block,
        .reduce = row,
        .spatial = row + 1,
        .expand = row + 2,
        .shortcut = row + 3,
        .has_shortcut = reduce->block == 0,
    };
}

size_t rn_arch_count_blocks(size_t stage)
{
    size_t count = 0;
    for (size_t row = 0; row < RN_ARCH_N_CONVS; row++)
        count += starts_block(&RN_ARCH_CONVS[row]) && RN_ARCH_CONVS[row].stage <= stage;
    return count;
}
