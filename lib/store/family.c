/* Names tell the depth, the first block's shapes groups and width; where a block's inner channels are
 * others, each block's own count. SPDX-License-Identifier: MIT */
#include "store/family.h"

#include "core/mem.h"
#include "store/kernel.h"

#include <stdio.h>
#include <string.h>

#define PLAIN_WIDTH 64 /* per group, of the first stage */
#define MAX_BLOCKS 64  /* a ResNet-152 has 50 */
#define FIRST_INNER 2  /* row of the first block's second convolution */
#define INNER_PLACES 2 /* convolutions of a block before its last */

static bool get_dims(const rn_naming *naming, const rn_raw_set *set, const rn_arch_conv *conv,
                     uint64_t dims[RN_TENSOR_MAX_DIMS])
{
    const rn_raw_tensor *kernel = rn_naming_find(naming, set, conv, RN_VAR_KERNEL);
    return kernel && kernel->n_dims == 4 && rn_kernel_get_dims(set, kernel, dims);
}

static bool fits(const rn_naming *naming, const rn_raw_set *set, const rn_arch *arch)
{
    for (size_t row = 0; row < arch->n_convs; row++) {
        const rn_arch_conv *conv = &arch->convs[row];
        if (!rn_kernel_fits(set, rn_naming_find(naming, set, conv, RN_VAR_KERNEL), conv,
                            RN_VAR_KERNEL))
            return false;
    }
    return true;
}

/* False when no such network can be meant. */
static bool measure_width(rn_arch_settings *settings, const rn_naming *naming,
                          const rn_raw_set *set, const rn_arch *plain)
{
    uint64_t dims[RN_TENSOR_MAX_DIMS];
    if (!get_dims(naming, set, &plain->convs[FIRST_INNER], dims)) return false;
    if (dims[1] == 0 || dims[0] == 0 || dims[0] % dims[1] != 0) return false;
    settings->groups = dims[0] / dims[1];
    settings->width_per_group = dims[1];
    return true;
}

/* What pruning left; false when a block's second convolution does not go on from its first. */
static bool measure_blocks(size_t widths[][INNER_PLACES], const rn_naming *naming,
                           const rn_raw_set *set, const rn_arch *plain)
{
    for (size_t i = 0; i < plain->n_blocks; i++)
        for (size_t row = plain->blocks[i].first; row < plain->blocks[i].last; row++) {
            uint64_t dims[RN_TENSOR_MAX_DIMS];
            if (!get_dims(naming, set, &plain->convs[row], dims)) return false;
            widths[i][plain->convs[row].place] = (size_t)dims[0];
        }
    return true;
}

/* *out stays NULL when the set is not that, or no network at all. */
static resnet_status try_settings(rn_arch **out, const rn_arch_settings *settings,
                                  const rn_naming *naming, const rn_raw_set *set)
{
    rn_arch *arch = NULL;
    const resnet_status status = rn_arch_create(&arch, settings);
    if (status == RESNET_E_INVALID) return RESNET_OK;
    if (status != RESNET_OK) return status;
    if (fits(naming, set, arch))
        *out = arch;
    else
        rn_arch_free(arch);
    return RESNET_OK;
}

static resnet_status try_depth(rn_arch **out, size_t depth, const rn_naming *naming,
                               const rn_raw_set *set)
{
    size_t widths[MAX_BLOCKS][INNER_PLACES] = {{0}};
    rn_arch_settings regular = {.depth = depth};
    const rn_arch_settings pruned = {.depth = depth,
                                     .inner_widths = (const size_t(*)[INNER_PLACES])widths};
    rn_arch *plain = NULL;
    resnet_status status;
    RN_TRY(rn_arch_create(&plain, &regular));
    RN_TRY(try_settings(out, &regular, naming, set));
    if (*out) goto done;
    if (measure_width(&regular, naming, set, plain))
        RN_TRY(try_settings(out, &regular, naming, set));
    if (!*out && plain->n_blocks <= MAX_BLOCKS && measure_blocks(widths, naming, set, plain))
        RN_TRY(try_settings(out, &pruned, naming, set));
done:
    rn_arch_free(plain);
    return status;
}

resnet_status rn_family_recognise(rn_arch **out, const rn_naming *naming, const rn_raw_set *set)
{
    resnet_status status = RESNET_OK;
    *out = NULL;
    if (naming->convention == RN_NAMES_KERAS_COUNTED) return RESNET_OK; /* names without a place */
    for (size_t i = 0; rn_arch_get_depth(i) && !*out && status == RESNET_OK; i++)
        status = try_depth(out, rn_arch_get_depth(i), naming, set);
    return status;
}

/* Whether all blocks have the width that the first one tells. */
static bool is_regular(const rn_arch *arch)
{
    const size_t first = arch->convs[FIRST_INNER].out_channels;
    for (size_t i = 0; i < arch->n_blocks; i++)
        for (size_t row = arch->blocks[i].first; row < arch->blocks[i].last; row++)
            if (arch->convs[row].out_channels != first << (arch->blocks[i].stage - 1)) return false;
    return true;
}

void rn_family_describe(char text[RN_FAMILY_TEXT_SIZE], const rn_arch *arch)
{
    const rn_arch_conv *inner = &arch->convs[FIRST_INNER];
    const size_t width = inner->out_channels / inner->groups, wide = width / PLAIN_WIDTH;
    if (!is_regular(arch))
        snprintf(text, RN_FAMILY_TEXT_SIZE,
                 "a ResNet-%zu with other channels in its blocks (pruned)", arch->depth);
    else if (inner->groups > 1)
        snprintf(text, RN_FAMILY_TEXT_SIZE, "ResNeXt-%zu %zux%zud", arch->depth, inner->groups,
                 width);
    else if (width == PLAIN_WIDTH)
        snprintf(text, RN_FAMILY_TEXT_SIZE, "ResNet-%zu", arch->depth);
    else if (width == wide * PLAIN_WIDTH)
        snprintf(text, RN_FAMILY_TEXT_SIZE, "Wide ResNet-%zu-%zu", arch->depth, wide);
    else
        snprintf(text, RN_FAMILY_TEXT_SIZE, "a ResNet-%zu of width %zu", arch->depth, width);
}

static bool is_same(const rn_arch *a, const rn_arch *b)
{
    if (a->n_convs != b->n_convs) return false;
    for (size_t i = 0; i < a->n_convs; i++) {
        uint64_t x[RN_TENSOR_MAX_DIMS], y[RN_TENSOR_MAX_DIMS];
        rn_arch_get_dims(&a->convs[i], x);
        rn_arch_get_dims(&b->convs[i], y);
        if (memcmp(x, y, sizeof x) != 0) return false;
    }
    return true;
}

/* Of a network that is not all there a block tells that ResNet-50 has not. */
static bool describe_part(char text[RN_FAMILY_TEXT_SIZE], const rn_naming *naming,
                          const rn_raw_set *set)
{
    static const rn_arch_conv DEEPER = {
        .conv = "layer3.6.conv1", .stage = 3, .block = 6, .role = RN_ROLE_FIRST};
    if (naming->convention == RN_NAMES_KERAS_COUNTED ||
        !rn_naming_find(naming, set, &DEEPER, RN_VAR_KERNEL))
        return false;
    snprintf(text, RN_FAMILY_TEXT_SIZE, "a part of ResNet-101 or ResNet-152");
    return true;
}

bool rn_family_describe_other(char text[RN_FAMILY_TEXT_SIZE], const rn_naming *naming,
                              const rn_raw_set *set)
{
    rn_arch *arch = NULL;
    if (rn_raw_find(set, "", "conv2_block1_preact_bn/gamma") ||
        rn_raw_find(set, "", "post_bn/gamma")) {
        snprintf(text, RN_FAMILY_TEXT_SIZE, "Keras's ResNet V2 (pre-activation)");
        return true;
    }
    if (rn_family_recognise(&arch, naming, set) != RESNET_OK) return false;
    const bool is_other = arch && !is_same(arch, set->arch);
    if (is_other) rn_family_describe(text, arch);
    rn_arch_free(arch);
    return is_other || describe_part(text, naming, set);
}
