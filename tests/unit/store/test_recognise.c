/* Which of a file's networks is meant. SPDX-License-Identifier: MIT */
#include "networks.h"

#include "store/family.h"
#include "store/recognise.h"
#include "store/resolve.h"

static void expect(rn_raw_set *set, int32_t averaged, const char *prefix, size_t n_remarks)
{
    rn_naming naming = {0};
    assert_ok(rn_naming_recognise(&naming, set, averaged));
    assert_true(naming.is_complete);
    assert_string_equal(naming.prefix, prefix);
    assert_int_equal(set->info.n_remarks, n_remarks);
    rn_raw_free(set);
}

static rn_raw_set *make_two(const char *first, const char *second)
{
    rn_raw_set *set = make_set();
    add_network(set, first, RN_NAMES_TORCHVISION);
    add_network(set, second, RN_NAMES_TORCHVISION);
    return set;
}

static void knows_every_convention(void **state)
{
    (void)state;
    static const struct {
        const char *prefix;
        enum rn_convention convention;
    } CASES[] = {{"", RN_NAMES_TORCHVISION},         {"module._orig_mod.", RN_NAMES_TORCHVISION},
                 {"resnet.", RN_NAMES_HUGGING_FACE}, {"", RN_NAMES_POSITION},
                 {"features.", RN_NAMES_POSITION},   {"0.", RN_NAMES_POSITION}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rn_naming naming = {0};
        rn_raw_set *set = make_set();
        add_network(set, CASES[i].prefix, CASES[i].convention);
        assert_ok(rn_naming_recognise(&naming, set, RN_AVERAGED_PREFER));
        assert_int_equal(naming.convention, CASES[i].convention);
        assert_string_equal(naming.prefix, CASES[i].prefix);
        rn_raw_free(set);
    }
}

static void prefers_averages(void **state)
{
    (void)state;
    static const char *const AVERAGES[] = {"model_ema.module.", "state_dict_ema.", "teacher.",
                                           "ema_model."};
    for (size_t i = 0; i < sizeof AVERAGES / sizeof AVERAGES[0]; i++) {
        expect(make_two("model.", AVERAGES[i]), RN_AVERAGED_PREFER, AVERAGES[i], 1);
        expect(make_two("model.", AVERAGES[i]), RN_AVERAGED_ONLY, AVERAGES[i], 1);
        expect(make_two("model.", AVERAGES[i]), RN_AVERAGED_NEVER, "model.", 1);
    }
}

static void takes_what_there_is(void **state)
{
    (void)state;
    rn_naming naming = {0};
    rn_raw_set *set = make_set();
    add_network(set, "ema.", RN_NAMES_TORCHVISION);
    expect(set, RN_AVERAGED_NEVER, "ema.", 0);
    set = make_set();
    add_network(set, "model.", RN_NAMES_TORCHVISION);
    assert_fails(rn_naming_recognise(&naming, set, RN_AVERAGED_ONLY), RESNET_E_UNSUPPORTED,
                 "no averaged weights beside those under model.conv1");
    rn_raw_free(set);
}

static void keras_has_no_averages(void **state)
{
    (void)state;
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_KERAS, RN_NAMES_KERAS_2015};
    for (size_t i = 0; i < 2; i++)
        for (int32_t averaged = RN_AVERAGED_PREFER; averaged <= RN_AVERAGED_ONLY; averaged++) {
            rn_naming naming = {0};
            rn_raw_set *set = make_set();
            set->layout = RN_LAYOUT_KERAS;
            add_network(set, "", CONVENTIONS[i]);
            const resnet_status status = rn_naming_recognise(&naming, set, averaged);
            assert_int_equal(status,
                             averaged == RN_AVERAGED_ONLY ? RESNET_E_UNSUPPORTED : RESNET_OK);
            if (status) assert_non_null(strstr(resnet_last_error(), "no averaged weights"));
            rn_raw_free(set);
        }
}

static void passes_over_momentum_encoders(void **state)
{
    (void)state;
    static const char *const PAIRS[][2] = {{"module.encoder_q.", "module.encoder_k."},
                                           {"module.base_encoder.", "module.momentum_encoder."},
                                           {"online_network.encoder.", "target_network.encoder."},
                                           {"backbone.", "backbone_momentum."}};
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++)
        for (int32_t averaged = RN_AVERAGED_PREFER; averaged <= RN_AVERAGED_NEVER; averaged++)
            expect(make_two(PAIRS[i][1], PAIRS[i][0]), averaged, PAIRS[i][0], 1);
}

static void refuses_to_choose(void **state)
{
    (void)state;
    rn_naming naming = {0};
    rn_raw_set *set = make_two("left.", "right.");
    assert_fails(rn_naming_recognise(&naming, set, RN_AVERAGED_PREFER), RESNET_E_UNSUPPORTED,
                 "two ResNet-50s, under left.conv1 and right.conv1");
    rn_raw_free(set);
}

/* A module that has two names has one storage a tensor. */
static void sees_one_under_two_names(void **state)
{
    (void)state;
    rn_raw_set *set = make_two("model.backbone.", "backbone.");
    const size_t half = set->n_tensors / 2;
    for (size_t i = 0; i < half; i++) set->tensors[half + i].entry = set->tensors[i].entry;
    expect(set, RN_AVERAGED_PREFER, "backbone.", 0);
}

static void complains_of_the_incomplete(void **state)
{
    (void)state;
    rn_naming naming = {0};
    rn_raw_set *set = make_set();
    add_network(set, "model.", RN_NAMES_TORCHVISION);
    set->tensors[40].dims[0]++;
    assert_ok(rn_naming_recognise(&naming, set, RN_AVERAGED_PREFER));
    assert_false(naming.is_complete);
    assert_string_equal(naming.prefix, "model.");
    rn_raw_free(set);
}

static void expect_family(const rn_arch_settings *settings, enum rn_convention convention,
                          const char *name)
{
    char text[RN_FAMILY_TEXT_SIZE] = "";
    rn_naming naming = {.convention = convention};
    rn_raw_set *set = make_set();
    rn_arch *arch = NULL, *found = NULL;
    if (!rn_names_is_torch(convention)) set->layout = RN_LAYOUT_KERAS;
    assert_ok(rn_arch_create(&arch, settings));
    add_network_of(set, arch, "", convention);
    assert_ok(rn_raw_sort(set));
    assert_ok(rn_family_recognise(&found, &naming, set));
    assert_non_null(found);
    rn_family_describe(text, found);
    assert_string_equal(text, name);
    assert_int_equal(found->n_convs, arch->n_convs);
    for (size_t i = 0; i < arch->n_convs; i++) {
        assert_int_equal(found->convs[i].out_channels, arch->convs[i].out_channels);
        assert_int_equal(found->convs[i].groups, arch->convs[i].groups);
    }
    const bool is_50 = strcmp(name, "ResNet-50") == 0;
    assert_int_equal(rn_family_describe_other(text, &naming, set), !is_50);
    set->tensors[0].dims[0]++; /* the stem's kernel, which each of them has */
    assert_int_equal(rn_family_describe_other(text, &naming, set), settings->depth > 50);
    if (settings->depth > 50) assert_string_equal(text, "a part of ResNet-101 or ResNet-152");
    rn_arch_free(found);
    rn_arch_free(arch);
    rn_raw_free(set);
}

static void tells_depth_and_widths(void **state)
{
    (void)state;
    static size_t widths[16][2];
    static const struct {
        rn_arch_settings settings;
        const char *name;
    } CASES[] = {
        {{.depth = 18}, "ResNet-18"},
        {{.depth = 34}, "ResNet-34"},
        {{.depth = 50}, "ResNet-50"},
        {{.depth = 101}, "ResNet-101"},
        {{.depth = 152}, "ResNet-152"},
        {{.depth = 50, .width_per_group = 128}, "Wide ResNet-50-2"},
        {{.depth = 101, .width_per_group = 128}, "Wide ResNet-101-2"},
        {{.depth = 50, .groups = 32, .width_per_group = 4}, "ResNeXt-50 32x4d"},
        {{.depth = 101, .groups = 32, .width_per_group = 8}, "ResNeXt-101 32x8d"},
        {{.depth = 101, .groups = 64, .width_per_group = 4}, "ResNeXt-101 64x4d"},
        {{.depth = 50, .width_per_group = 32}, "a ResNet-50 of width 32"},
        {{.depth = 50, .inner_widths = (const size_t(*)[2])widths},
         "a ResNet-50 with other channels in its blocks (pruned)"},
    };
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_TORCHVISION, RN_NAMES_POSITION,
                                                     RN_NAMES_HUGGING_FACE, RN_NAMES_KERAS};
    widths[0][0] = 40;
    widths[7][1] = 100;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        for (size_t c = 0; c < 4; c++)
            expect_family(&CASES[i].settings, CONVENTIONS[c], CASES[i].name);
}

static resnet_status read_zeros(void *source, const rn_raw_tensor *tensor, float *out)
{
    (void)source;
    memset(out, 0, rn_raw_count(tensor) * sizeof *out);
    return RESNET_OK;
}

/* Whatever the first difference from a ResNet-50 is. */
static void refuses_others_by_name(void **state)
{
    (void)state;
    static const struct {
        rn_arch_settings settings;
        resnet_status status;
        const char *end;
    } CASES[] = {
        {{.depth = 18}, RESNET_E_SHAPE, "; this looks like ResNet-18"},
        {{.depth = 101}, RESNET_E_UNSUPPORTED, "; this looks like ResNet-101"},
        {{.depth = 50, .width_per_group = 128},
         RESNET_E_SHAPE,
         "; this looks like Wide ResNet-50-2"},
        {{.depth = 50, .groups = 32, .width_per_group = 4},
         RESNET_E_SHAPE,
         "; this looks like ResNeXt-50 32x4d"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rn_raw_set *set = make_set();
        rn_weights *weights = NULL;
        rn_arch *arch = NULL;
        assert_ok(rn_arch_create(&arch, &CASES[i].settings));
        add_network_of(set, arch, "module.", RN_NAMES_TORCHVISION);
        set->read = read_zeros;
        assert_fails(rn_raw_resolve(&weights, set, RN_AVERAGED_PREFER), CASES[i].status,
                     CASES[i].end);
        rn_arch_free(arch);
        rn_raw_free(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_convention),
        cmocka_unit_test(prefers_averages),
        cmocka_unit_test(takes_what_there_is),
        cmocka_unit_test(keras_has_no_averages),
        cmocka_unit_test(passes_over_momentum_encoders),
        cmocka_unit_test(refuses_to_choose),
        cmocka_unit_test(sees_one_under_two_names),
        cmocka_unit_test(complains_of_the_incomplete),
        cmocka_unit_test(tells_depth_and_widths),
        cmocka_unit_test(refuses_others_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
