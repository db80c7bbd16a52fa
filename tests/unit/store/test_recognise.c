/* Which of a file's networks is meant. SPDX-License-Identifier: MIT */
#include "networks.h"

#include "store/recognise.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_convention),
        cmocka_unit_test(prefers_averages),
        cmocka_unit_test(takes_what_there_is),
        cmocka_unit_test(passes_over_momentum_encoders),
        cmocka_unit_test(refuses_to_choose),
        cmocka_unit_test(sees_one_under_two_names),
        cmocka_unit_test(complains_of_the_incomplete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
