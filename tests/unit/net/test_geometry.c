/* Sizes of maps. SPDX-License-Identifier: MIT */
#include "../arch50.h"
#include "../check.h"

#include "net/geometry.h"

static rn_geometry geometry_of(int32_t variant, bool padded, size_t h, size_t w)
{
    const rn_net_settings settings = {.arch = arch50(),
                                      .variant = variant,
                                      .stem_pool = padded ? RESNET_STEM_POOL_PADDED
                                                          : RESNET_STEM_POOL_UNPADDED};
    rn_geometry geometry;
    assert_ok(rn_geometry_init(&geometry, &settings, h, w));
    return geometry;
}

static void check_stages(const rn_geometry *g, const size_t heights[5], const size_t widths[5])
{
    static const size_t channels[5] = {64, 256, 512, 1024, 2048};
    for (size_t stage = 0; stage < 5; stage++) {
        assert_int_equal(g->stage[stage].channels, channels[stage]);
        assert_int_equal(g->stage[stage].h, heights[stage]);
        assert_int_equal(g->stage[stage].w, widths[stage]);
    }
}

static void known_sizes(void **state)
{
    (void)state;
    const size_t of_224[5] = {56, 56, 28, 14, 7}, of_256[5] = {64, 64, 32, 16, 8};
    const size_t of_32[5] = {8, 8, 4, 2, 1}, of_33[5] = {9, 9, 5, 3, 2},
                 of_47[5] = {12, 12, 6, 3, 2};
    const size_t unpadded_224[5] = {55, 55, 28, 14, 7}, unpadded_32[5] = {7, 7, 4, 2, 1};
    for (int variant = RESNET_VARIANT_V1; variant <= RESNET_VARIANT_V1_5; variant++) {
        rn_geometry g = geometry_of(variant, true, 224, 256);
        assert_true(g.rows[0].out.h == 112 && g.rows[0].out.w == 128 &&
                    g.rows[0].out.channels == 64);
        check_stages(&g, of_224, of_256);
        rn_geometry_clear(&g);
        g = geometry_of(variant, true, 32, 32);
        check_stages(&g, of_32, of_32);
        rn_geometry_clear(&g);
        g = geometry_of(variant, true, 33, 47);
        check_stages(&g, of_33, of_47);
        rn_geometry_clear(&g);
        g = geometry_of(variant, false, 224, 32);
        check_stages(&g, unpadded_224, unpadded_32);
        rn_geometry_clear(&g);
    }
}

static void every_convolution_fits_its_neighbours(void **state)
{
    (void)state;
    for (int variant = RESNET_VARIANT_V1; variant <= RESNET_VARIANT_V1_5; variant++) {
        rn_geometry g = geometry_of(variant, true, 75, 131);
        for (size_t row = 0; row < arch50()->n_convs; row++) {
            const rn_arch_conv *c = &arch50()->convs[row];
            const size_t stride = rn_arch_get_stride(c, variant);
            assert_int_equal(g.rows[row].in.channels, c->in_channels);
            assert_int_equal(g.rows[row].out.channels, c->out_channels);
            assert_int_equal(g.rows[row].out.h, (g.rows[row].in.h + stride - 1) / stride);
            assert_int_equal(g.rows[row].out.w, (g.rows[row].in.w + stride - 1) / stride);
        }
        for (size_t b = 0; b < arch50()->n_blocks; b++) {
            const rn_arch_block *block = &arch50()->blocks[b];
            const rn_map *in = rn_geometry_after_blocks(&g, b),
                         *out = rn_geometry_after_blocks(&g, b + 1);
            assert_memory_equal(in, &g.rows[block->first].in, sizeof *in);
            assert_memory_equal(out, &g.rows[block->last].out, sizeof *out);
            if (block->has_shortcut)
                assert_memory_equal(out, &g.rows[block->shortcut].out, sizeof *out);
            else
                assert_memory_equal(out, in, sizeof *out);
        }
        rn_geometry_clear(&g);
    }
}

static void the_table_strides_where_its_variant_says(void **state)
{
    (void)state;
    for (size_t row = 0; row < arch50()->n_convs; row++) {
        const rn_arch_conv *c = &arch50()->convs[row];
        const bool first = c->stage > 1 && c->block == 0;
        const size_t v1 = rn_arch_get_stride(c, RESNET_VARIANT_V1);
        const size_t v1_5 = rn_arch_get_stride(c, RESNET_VARIANT_V1_5);
        const bool both = c->role == RN_ROLE_STEM || (first && c->role == RN_ROLE_SHORTCUT);
        assert_int_equal(v1, both || (first && c->role == RN_ROLE_FIRST) ? 2 : 1);
        assert_int_equal(v1_5, both || (first && c->role == RN_ROLE_INNER) ? 2 : 1);
    }
    const size_t blocks[5] = {0, 3, 7, 13, 16};
    for (size_t stage = 0; stage < 5; stage++)
        assert_int_equal(rn_arch_count_blocks(arch50(), stage), blocks[stage]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sizes),
        cmocka_unit_test(every_convolution_fits_its_neighbours),
        cmocka_unit_test(the_table_strides_where_its_variant_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
