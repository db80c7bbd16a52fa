/* Tables of networks, against torchvision's state_dicts.
 * SPDX-License-Identifier: MIT */
#include "../check.h"

#include "arch/arch.h"
#include "core/mem.h"
#include "net/params.h"
#include "net/part.h"

#include <zlib.h>

static rn_arch *make_arch(const rn_arch_settings *settings)
{
    rn_arch *arch = NULL;
    assert_ok(rn_arch_create(&arch, settings));
    return arch;
}

/* ---- names and shapes ---- */

typedef struct digest {
    uLong crc;
    size_t n_tensors, n_params;
} digest;

/* "layer1.0.conv1.weight 64,64,1,1" */
static void add(digest *d, const char *layer, const char *variable, size_t n_dims,
                const uint64_t *dims)
{
    char line[96];
    const bool learns = strncmp(variable, "running", 7) != 0;
    int length = snprintf(line, sizeof line, "%s.%s ", layer, variable);
    size_t count = 1;
    for (size_t i = 0; i < n_dims; i++) {
        length += snprintf(line + length, sizeof line - (size_t)length, "%s%llu", i ? "," : "",
                           (unsigned long long)dims[i]);
        count *= dims[i];
    }
    length += snprintf(line + length, sizeof line - (size_t)length, "\n");
    d->crc = crc32(d->crc, (const Bytef *)line, (uInt)length);
    d->n_tensors++;
    d->n_params += learns ? count : 0;
}

static digest digest_arch(const rn_arch *arch)
{
    digest d = {0, 0, 0};
    for (size_t row = 0; row < arch->n_convs; row++) {
        const rn_arch_conv *conv = &arch->convs[row];
        uint64_t dims[4];
        rn_arch_get_dims(conv, dims);
        add(&d, conv->conv, "weight", 4, dims);
        add(&d, conv->bn, "weight", 1, dims);
        add(&d, conv->bn, "bias", 1, dims);
        add(&d, conv->bn, "running_mean", 1, dims);
        add(&d, conv->bn, "running_var", 1, dims);
    }
    const uint64_t fc[2] = {1000, arch->n_features};
    add(&d, "fc", "weight", 2, fc);
    add(&d, "fc", "bias", 1, fc);
    return d;
}

static void tables_are_torchvisions(void **state)
{
    (void)state;
    FILE *file = fopen(GOLDEN_DIR "/net/archs.txt", "r");
    assert_non_null(file);
    rn_arch_settings settings = {0};
    size_t n_tensors, n_params, n_read = 0;
    unsigned long crc;
    for (; fscanf(file, "%*s %zu %zu %zu %zu %zu %lx", &settings.depth, &settings.groups,
                  &settings.width_per_group, &n_tensors, &n_params, &crc) == 6;
         n_read++) {
        rn_arch *arch = make_arch(&settings);
        const digest d = digest_arch(arch);
        assert_int_equal(arch->depth, settings.depth);
        assert_int_equal(d.n_tensors, n_tensors);
        assert_int_equal(d.n_params, n_params);
        assert_int_equal(d.crc, crc);
        rn_arch_free(arch);
    }
    assert_int_equal(n_read, 10);
    fclose(file);
}

/* ---- blocks ---- */

static void check_block(const rn_arch *arch, size_t index)
{
    const rn_arch_block *block = &arch->blocks[index];
    size_t channels = index ? arch->convs[arch->blocks[index - 1].last].out_channels
                            : arch->convs[0].out_channels;
    const size_t end = block->last + block->has_shortcut;
    if (block->has_shortcut) {
        assert_int_equal(block->shortcut, block->last + 1);
        assert_int_equal(arch->convs[block->shortcut].in_channels, channels);
        assert_int_equal(arch->convs[block->shortcut].out_channels,
                         arch->convs[block->last].out_channels);
    }
    for (size_t row = block->first; row <= block->last; row++) {
        const rn_arch_conv *conv = &arch->convs[row];
        assert_int_equal(conv->in_channels, channels);
        assert_int_equal(conv->place, row - block->first);
        assert_int_equal(conv->role == RN_ROLE_LAST, row == block->last);
        assert_int_equal(conv->role == RN_ROLE_FIRST, row == block->first);
        channels = conv->out_channels;
    }
    for (size_t row = block->first; row <= end; row++) {
        assert_int_equal(arch->convs[row].row, row);
        assert_int_equal(arch->convs[row].index, index);
        assert_int_equal(arch->convs[row].beside_shortcut, block->has_shortcut);
    }
    assert_int_equal(rn_arch_count_convs(arch, index + 1), end + 1);
}

static void blocks_join_rows(void **state)
{
    (void)state;
    static const size_t DEPTHS[] = {152, 101, 50, 34, 18, 0};
    static const size_t N_BLOCKS[][4] = {
        {3, 11, 47, 50}, {3, 7, 30, 33}, {3, 7, 13, 16}, {3, 7, 13, 16}, {2, 4, 6, 8}};
    for (size_t i = 0; i < 6; i++) assert_int_equal(rn_arch_get_depth(i), DEPTHS[i]);
    for (size_t i = 0; i < 5; i++) {
        const bool is_basic = DEPTHS[i] < 50;
        rn_arch *arch = make_arch(&(rn_arch_settings){.depth = DEPTHS[i]});
        assert_int_equal(arch->n_blocks, N_BLOCKS[i][3]);
        for (size_t stage = 1; stage < 5; stage++) {
            assert_int_equal(rn_arch_count_blocks(arch, stage), N_BLOCKS[i][stage - 1]);
            assert_int_equal(rn_arch_get_channels(arch, stage),
                             (is_basic ? (size_t)32 : (size_t)128) << stage);
        }
        for (size_t b = 0; b < arch->n_blocks; b++) check_block(arch, b);
        assert_int_equal(rn_arch_count_convs(arch, 0), 1);
        assert_false(arch->blocks[0].has_shortcut && is_basic); /* 64 channels go in and out */
        rn_arch_free(arch);
    }
}

static void basic_blocks_stride_in_their_first(void **state)
{
    (void)state;
    rn_arch *arch = make_arch(&(rn_arch_settings){.depth = 34});
    for (size_t row = 1; row < arch->n_convs; row++) {
        const rn_arch_conv *conv = &arch->convs[row];
        const bool strides = conv->stage > 1 && conv->block == 0 && conv->role != RN_ROLE_LAST;
        assert_int_equal(rn_arch_get_stride(conv, RESNET_VARIANT_V1), strides ? 2 : 1);
        assert_int_equal(rn_arch_get_stride(conv, RESNET_VARIANT_V1_5), strides ? 2 : 1);
        assert_int_equal(conv->kernel, conv->role == RN_ROLE_SHORTCUT ? 1 : 3);
    }
    rn_arch_free(arch);
}

static void pruned_widths_are_inside_only(void **state)
{
    (void)state;
    static const size_t widths[16][2] = {[0] = {40, 0}, [5] = {0, 72}};
    rn_arch *arch = make_arch(&(rn_arch_settings){.depth = 50, .inner_widths = widths});
    rn_arch *whole = make_arch(&(rn_arch_settings){.depth = 50});
    assert_int_equal(arch->n_convs, whole->n_convs);
    for (size_t b = 0; b < arch->n_blocks; b++) check_block(arch, b);
    for (size_t row = 0; row < arch->n_convs; row++) {
        const rn_arch_conv *conv = &arch->convs[row], *as = &whole->convs[row];
        const bool first = conv->index == 0 && conv->place == 0 && row == 1;
        const bool second = row == arch->blocks[5].first + 1;
        assert_string_equal(conv->conv, as->conv);
        assert_int_equal(conv->out_channels, first ? 40 : second ? 72 : as->out_channels);
        assert_int_equal(conv->in_channels, row == 2                      ? 40
                                            : row == arch->blocks[5].last ? 72
                                                                          : as->in_channels);
    }
    assert_int_equal(arch->n_features, 2048);
    rn_arch_free(arch);
    rn_arch_free(whole);
}

/* ---- what there is not ---- */

static void others_are_refused(void **state)
{
    (void)state;
    rn_arch *arch = NULL;
    static const size_t odd[16][2] = {[1] = {0, 66}}, huge[16][2] = {{4096, 0}};
    const rn_arch_settings depth = {.depth = 51};
    const rn_arch_settings basic = {.depth = 18, .groups = 2};
    const rn_arch_settings wide_basic = {.depth = 34, .width_per_group = 128};
    const rn_arch_settings uneven = {
        .depth = 50, .groups = 32, .width_per_group = 4, .inner_widths = odd};
    const rn_arch_settings large = {.depth = 50, .inner_widths = huge};
    assert_fails(rn_arch_create(&arch, &depth), RESNET_E_INVALID, "a ResNet-51, of 18, 34");
    assert_fails(rn_arch_create(&arch, &basic), RESNET_E_INVALID, "a ResNet-18 with 2 groups");
    assert_fails(rn_arch_create(&arch, &wide_basic), RESNET_E_INVALID, "1 groups of 128");
    assert_fails(rn_arch_create(&arch, &uneven), RESNET_E_INVALID,
                 "layer1.1.conv2: 32 groups do not divide 128 to 66 channels");
    assert_fails(rn_arch_create(&arch, &large), RESNET_E_INVALID,
                 "layer1.0.conv1: 4096 channels, not in [1, 2048]");
    assert_null(arch);
}

static void groups_are_not_run(void **state)
{
    (void)state;
    rn_net *net = NULL;
    rn_arch *arch = make_arch(&(rn_arch_settings){.depth = 50, .groups = 32, .width_per_group = 4});
    const rn_net_settings settings = {.arch = arch, .variant = RESNET_VARIANT_V1_5, .n_classes = 2};
    assert_fails(rn_net_create(&net, &settings), RESNET_E_UNSUPPORTED,
                 "layer1.0.conv2: a convolution of 32 groups");
    assert_null(net);
    rn_arch_free(arch);
}

static void channels_are_run_by_the_block(void **state)
{
    (void)state;
    static const size_t widths[16][2] = {[3] = {0, 72}};
    rn_net *net = NULL;
    rn_arch *arch = make_arch(&(rn_arch_settings){.depth = 50, .inner_widths = widths});
    const rn_net_settings settings = {.arch = arch, .variant = RESNET_VARIANT_V1_5, .n_classes = 2};
    assert_fails(rn_net_create(&net, &settings), RESNET_E_UNSUPPORTED,
                 "layer2.0.conv2: 72 channels, which is no multiple of 16");
    assert_null(net);
    rn_arch_free(arch);
}

/* ---- parts of a layer ---- */

static void parts_are_whole_blocks(void **state)
{
    (void)state;
    static const size_t CHANNELS[] = {16, 48, 64, 80, 100, 112, 1000, 2048}, BLOCKS[] = {1, 8, 16};
    for (size_t c = 0; c < sizeof CHANNELS / sizeof *CHANNELS; c++)
        for (size_t b = 0; b < 3; b++)
            for (size_t n = 1; n <= 5; n++) {
                size_t end = 0, before = SIZE_MAX;
                for (size_t part = 0; part < n; part++) {
                    const rn_part p = rn_part_range(CHANNELS[c], BLOCKS[b], part, n);
                    assert_int_equal(p.first, end);
                    if (part > 0) assert_in_range(before - p.count, 0, 2 * BLOCKS[b] - 1);
                    assert_true(p.first % BLOCKS[b] == 0 || p.count == 0);
                    before = p.count;
                    end += p.count;
                }
                assert_int_equal(end, CHANNELS[c]);
            }
}

static void memory_may_run_out(void **state)
{
    (void)state;
    const rn_arch_settings settings = {.depth = 101};
    rn_arch *arch = NULL;
    for (uint64_t k = 1; !arch; k++) {
        rn_mem_fail_at(k);
        const resnet_status status = rn_arch_create(&arch, &settings);
        rn_mem_fail_at(0);
        assert_int_equal(status, arch ? RESNET_OK : RESNET_E_NOMEM);
        assert_in_range(k, 1, 8);
    }
    rn_arch_free(arch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_torchvisions),
        cmocka_unit_test(blocks_join_rows),
        cmocka_unit_test(basic_blocks_stride_in_their_first),
        cmocka_unit_test(pruned_widths_are_inside_only),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(groups_are_not_run),
        cmocka_unit_test(channels_are_run_by_the_block),
        cmocka_unit_test(parts_are_whole_blocks),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
