/* Stage by stage, block by block. SPDX-License-Identifier: MIT */
#include "arch/arch.h"

#include "core/mem.h"

#include <stdio.h>

#define STEM_CHANNELS 64

/* The rows of table 1, deepest first. */
typedef struct outline {
    size_t depth;
    size_t n_blocks[RN_ARCH_N_STAGES]; /* by stage */
    size_t n_convs;                    /* of a block */
} outline;

static const outline OUTLINES[] = {
    {152, {0, 3, 8, 36, 3}, 3}, {101, {0, 3, 4, 23, 3}, 3}, {50, {0, 3, 4, 6, 3}, 3},
    {34, {0, 3, 4, 6, 3}, 2},   {18, {0, 2, 2, 2, 2}, 2},
};
#define N_OUTLINES (sizeof OUTLINES / sizeof OUTLINES[0])

/* The table while it is being filled. */
typedef struct draft {
    rn_arch *arch;
    const rn_arch_settings *settings;
    const outline *outline;
    size_t channels; /* of the map so far */
} draft;

static const outline *find_outline(size_t depth)
{
    for (size_t i = 0; i < N_OUTLINES; i++)
        if (OUTLINES[i].depth == depth) return &OUTLINES[i];
    return NULL;
}

size_t rn_arch_get_depth(size_t index)
{
    return index < N_OUTLINES ? OUTLINES[index].depth : 0;
}

static bool is_bottleneck(const outline *o)
{
    return o->n_convs == 3;
}

/* Channels of the stage's 3x3 convolutions in the basic networks: 64, 128, 256, 512. */
static size_t stage_planes(size_t stage)
{
    return (size_t)STEM_CHANNELS << (stage - 1);
}

static size_t stage_channels(const outline *o, size_t stage)
{
    return is_bottleneck(o) ? 4 * stage_planes(stage) : stage_planes(stage);
}

static size_t count_groups(const draft *d)
{
    return d->settings->groups ? d->settings->groups : 1;
}

/* Channels behind the block's convolution `place`, which is not its last: torchvision's
 * int(planes * (base_width / 64)) * groups, unless pruned. */
static size_t inner_width(const draft *d, size_t stage, size_t index, size_t place)
{
    const rn_arch_settings *s = d->settings;
    if (s->inner_widths && s->inner_widths[index][place]) return s->inner_widths[index][place];
    if (!is_bottleneck(d->outline)) return stage_planes(stage);
    const size_t base = s->width_per_group ? s->width_per_group : STEM_CHANNELS;
    return stage_planes(stage) * base / STEM_CHANNELS * count_groups(d);
}

static rn_arch_conv *add_row(draft *d, const rn_arch_block *block, enum rn_arch_role role,
                             size_t in_channels, size_t out_channels)
{
    rn_arch_conv *row = &d->arch->convs[d->arch->n_convs];
    *row = (rn_arch_conv){.in_channels = in_channels,
                          .out_channels = out_channels,
                          .groups = 1,
                          .row = d->arch->n_convs++,
                          .stage = block->stage,
                          .block = block->block,
                          .index = (uint8_t)d->arch->n_blocks,
                          .role = (uint8_t)role,
                          .beside_shortcut = block->has_shortcut,
                          .kernel = 1,
                          .stride_v1 = 1,
                          .stride_v1_5 = 1};
    return row;
}

static void add_stem(draft *d)
{
    const rn_arch_block none = {0};
    rn_arch_conv *row = add_row(d, &none, RN_ROLE_STEM, 3, STEM_CHANNELS);
    snprintf(row->conv, sizeof row->conv, "conv1");
    snprintf(row->bn, sizeof row->bn, "bn1");
    row->kernel = 7;
    row->stride_v1 = row->stride_v1_5 = 2;
    d->channels = STEM_CHANNELS;
}

/* Three convolutions stride in the first or in the 3x3, two in the first. */
static void set_window(const draft *d, rn_arch_conv *row, uint8_t stride)
{
    const bool bottleneck = is_bottleneck(d->outline);
    const bool spatial = !bottleneck || row->place == 1;
    if (spatial) row->kernel = 3;
    if (spatial && bottleneck) row->groups = count_groups(d);
    if (row->place == 0) row->stride_v1 = stride;
    if (row->place == (bottleneck ? 1 : 0)) row->stride_v1_5 = stride;
}

static void add_conv(draft *d, const rn_arch_block *block, size_t place, size_t in_channels,
                     size_t out_channels, uint8_t stride)
{
    const enum rn_arch_role role = place == 0                        ? RN_ROLE_FIRST
                                   : place + 1 < d->outline->n_convs ? RN_ROLE_INNER
                                                                     : RN_ROLE_LAST;
    rn_arch_conv *row = add_row(d, block, role, in_channels, out_channels);
    row->place = (uint8_t)place;
    snprintf(row->conv, sizeof row->conv, "layer%d.%d.conv%d", block->stage, block->block,
             row->place + 1);
    snprintf(row->bn, sizeof row->bn, "layer%d.%d.bn%d", block->stage, block->block,
             row->place + 1);
    set_window(d, row, stride);
}

static void add_shortcut(draft *d, const rn_arch_block *block, size_t out_channels, uint8_t stride)
{
    rn_arch_conv *row = add_row(d, block, RN_ROLE_SHORTCUT, d->channels, out_channels);
    snprintf(row->conv, sizeof row->conv, "layer%d.%d.downsample.0", block->stage, block->block);
    snprintf(row->bn, sizeof row->bn, "layer%d.%d.downsample.1", block->stage, block->block);
    row->stride_v1 = row->stride_v1_5 = stride;
}

/* A shortcut stands where the block's output has another shape than its input. */
static void add_block(draft *d, size_t stage, size_t block_of_stage)
{
    rn_arch *arch = d->arch;
    const uint8_t stride = stage > 1 && block_of_stage == 0 ? 2 : 1;
    const size_t n_convs = d->outline->n_convs, out = stage_channels(d->outline, stage);
    rn_arch_block *block = &arch->blocks[arch->n_blocks];
    *block = (rn_arch_block){.stage = (uint8_t)stage,
                             .block = (uint8_t)block_of_stage,
                             .has_shortcut = stride > 1 || d->channels != out,
                             .first = arch->n_convs,
                             .last = arch->n_convs + n_convs - 1,
                             .shortcut = arch->n_convs + n_convs};
    size_t in = d->channels;
    for (size_t place = 0; place < n_convs; place++) {
        const bool ends = place + 1 == n_convs;
        const size_t width = ends ? out : inner_width(d, stage, arch->n_blocks, place);
        add_conv(d, block, place, in, width, stride);
        in = width;
    }
    if (block->has_shortcut) add_shortcut(d, block, out, stride);
    d->channels = out;
    arch->n_blocks++;
}

static resnet_status allocate(draft *d)
{
    size_t n_blocks = 0;
    for (size_t stage = 1; stage < RN_ARCH_N_STAGES; stage++)
        n_blocks += d->outline->n_blocks[stage];
    const size_t most = 1 + n_blocks * (d->outline->n_convs + 1);
    d->arch->blocks = rn_calloc(n_blocks, sizeof *d->arch->blocks);
    d->arch->convs = rn_calloc(most, sizeof *d->arch->convs);
    return d->arch->blocks && d->arch->convs ? RESNET_OK : RESNET_E_NOMEM;
}

static void fill(draft *d)
{
    add_stem(d);
    for (size_t stage = 1; stage < RN_ARCH_N_STAGES; stage++)
        for (size_t b = 0; b < d->outline->n_blocks[stage]; b++) add_block(d, stage, b);
    d->arch->depth = d->outline->depth;
    d->arch->n_features = d->channels;
}

/* Basic blocks have neither groups nor another width, as their authors and torchvision have it. */
static resnet_status check_settings(const draft *d)
{
    const rn_arch_settings *s = d->settings;
    if (!d->outline)
        return rn_fail(RESNET_E_INVALID, "a ResNet-%zu, of 18, 34, 50, 101 and 152", s->depth);
    const bool is_plain = s->groups <= 1 && (s->width_per_group == 0 || s->width_per_group == 64);
    if (!is_bottleneck(d->outline) && !is_plain)
        return rn_fail(RESNET_E_INVALID, "a ResNet-%zu with %zu groups of %zu, not 1 of 64",
                       s->depth, count_groups(d), s->width_per_group);
    return RESNET_OK;
}

static resnet_status check_rows(const rn_arch *arch)
{
    for (size_t i = 0; i < arch->n_convs; i++) {
        const rn_arch_conv *row = &arch->convs[i];
        if (row->out_channels == 0 || row->out_channels > RN_ARCH_MAX_CHANNELS)
            return rn_fail(RESNET_E_INVALID, "%s: %zu channels, not in [1, %d]", row->conv,
                           row->out_channels, RN_ARCH_MAX_CHANNELS);
        if (row->in_channels % row->groups || row->out_channels % row->groups)
            return rn_fail(RESNET_E_INVALID, "%s: %zu groups do not divide %zu to %zu channels",
                           row->conv, row->groups, row->in_channels, row->out_channels);
    }
    return RESNET_OK;
}

resnet_status rn_arch_create(rn_arch **out, const rn_arch_settings *settings)
{
    resnet_status status;
    draft d = {.settings = settings, .outline = find_outline(settings->depth)};
    RN_TRY(check_settings(&d));
    d.arch = rn_calloc(1, sizeof *d.arch);
    if (!d.arch) return RESNET_E_NOMEM;
    RN_TRY(allocate(&d));
    fill(&d);
    RN_TRY(check_rows(d.arch));
    *out = d.arch;
    return RESNET_OK;
done:
    rn_arch_free(d.arch);
    return status;
}

rn_arch *rn_arch_retain(const rn_arch *arch)
{
    rn_arch *shared = (rn_arch *)arch; /* its count is not part of what it is */
    rn_users_add(&shared->users);
    return shared;
}

void rn_arch_free(rn_arch *arch)
{
    if (!arch || !rn_users_leave(&arch->users)) return;
    rn_free(arch->blocks);
    rn_free(arch->convs);
    rn_free(arch);
}

size_t rn_arch_count_blocks(const rn_arch *arch, size_t stage)
{
    size_t count = 0;
    while (count < arch->n_blocks && arch->blocks[count].stage <= stage) count++;
    return count;
}

size_t rn_arch_count_convs(const rn_arch *arch, size_t n_blocks)
{
    return n_blocks < arch->n_blocks ? arch->blocks[n_blocks].first : arch->n_convs;
}

size_t rn_arch_get_channels(const rn_arch *arch, size_t stage)
{
    const size_t n_blocks = rn_arch_count_blocks(arch, stage);
    return n_blocks == 0 ? arch->convs[0].out_channels
                         : arch->convs[arch->blocks[n_blocks - 1].last].out_channels;
}
