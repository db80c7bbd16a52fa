/* What stands beside a network: set aside, left for the head, or refused. SPDX-License-Identifier:
 * MIT
 */
#include "networks.h"

#include "store/foreign.h"

/* Everything the network itself has counts as taken. */
static resnet_status judge(rn_raw_set *set, const char *prefix)
{
    rn_naming naming = {0};
    assert_ok(rn_naming_recognise(&naming, set, RN_AVERAGED_PREFER));
    assert_string_equal(naming.prefix, prefix);
    for (size_t row = 0; row < arch50()->n_convs; row++)
        for (int variable = 0; variable < RN_N_VARIABLES; variable++)
            if (variable != RN_VAR_BIAS)
                rn_naming_find(&naming, set, &arch50()->convs[row], (enum rn_variable)variable)
                    ->used = true;
    return rn_foreign_set_aside(set, &naming);
}

static rn_raw_set *make(const char *prefix)
{
    rn_raw_set *set = make_set();
    add_network(set, prefix, RN_NAMES_TORCHVISION);
    return set;
}

static bool is_left(const rn_raw_set *set, const char *key)
{
    const rn_raw_tensor *tensor = rn_raw_find(set, "", key);
    assert_non_null(tensor);
    return !tensor->used;
}

/* `key` is left when `left`, and the remark holds `word`; frees the set. */
static void expect(rn_raw_set *set, const char *prefix, const char *key, bool left,
                   const char *word)
{
    assert_ok(judge(set, prefix));
    if (is_left(set, key) != left) fail_msg("%s is %s", key, left ? "set aside" : "left");
    if (word &&
        (set->info.n_remarks == 0 || !strstr(set->info.remarks[set->info.n_remarks - 1], word)))
        fail_msg("no remark holds %s", word);
    rn_raw_free(set);
}

static void leaves_heads(void **state)
{
    (void)state;
    rn_raw_set *set = make("");
    add_dense(set, "fc.", 5, N_FEATURES);
    expect(set, "", "fc.weight", true, NULL);
    set = make("backbone.");
    add_dense(set, "classif.", 5, N_FEATURES);
    add_vector(set, "criterion.", "weight", 5);
    expect(set, "backbone.", "classif.weight", true, "criterion");
}

static void sets_other_tasks_aside(void **state)
{
    (void)state;
    static const uint64_t KERNEL[] = {16, 256, 1, 1};
    static const char *const NAMES[] = {"rpn.head.conv.weight",
                                        "backbone.fpn.inner_blocks.0.weight", "decoder.0.weight"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        rn_raw_set *set = make("backbone.body.");
        add_tensor(set, "", NAMES[i], 4, KERNEL);
        add_dense(set, "roi_heads.fc6.", 64, 784);
        expect(set, "backbone.body.", NAMES[i], false, "roi_heads");
    }
}

/* Projections are no classifiers, whatever they are called. */
static void drops_projections(void **state)
{
    (void)state;
    static const char *const PREFIXES[] = {"module.encoder_q.", "module.base_encoder.",
                                           "online_network."};
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++) {
        rn_raw_set *set = make(PREFIXES[i]);
        char *head = rn_format("%sfc.", PREFIXES[i]), *key = rn_format("%sfc.weight", PREFIXES[i]);
        add_dense(set, head, 128, N_FEATURES);
        expect(set, PREFIXES[i], key, false, "fc");
        rn_free(head);
        rn_free(key);
    }
    rn_raw_set *set = make("module.");
    add_dense(set, "module.projection_head.0.", 64, N_FEATURES);
    expect(set, "module.", "module.projection_head.0.weight", false, "projection_head");
}

/* A layer that may stand between the network and its head takes the head with it. */
static void drops_heads_behind_the_unknown(void **state)
{
    (void)state;
    static const uint64_t KERNEL[] = {N_FEATURES, N_FEATURES, 1, 1};
    rn_raw_set *set = make("backbone.");
    add_tensor(set, "", "neck.weight", 4, KERNEL);
    add_dense(set, "head.", 5, N_FEATURES);
    expect(set, "backbone.", "head.weight", false, "neck");
    set = make("");
    add_dense(set, "proj.", N_FEATURES, N_FEATURES);
    add_dense(set, "fc.", 5, N_FEATURES);
    expect(set, "", "fc.weight", false, "proj");
    set = make("");
    add_dense(set, "proj.", 128, N_FEATURES);
    add_dense(set, "fc.", 5, N_FEATURES);
    expect(set, "", "fc.weight", true, "proj");
}

/* Left, so that whoever looks for leftovers refuses it. */
static void leaves_what_changes_the_result(void **state)
{
    (void)state;
    static const uint64_t KERNEL[] = {16, 256, 1, 1};
    static const char *const NAMES[] = {"layer1.0.se.fc1.weight", "attention.conv.weight",
                                        "bn1.extra"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        rn_raw_set *set = make("");
        add_tensor(set, "", NAMES[i], 4, KERNEL);
        expect(set, "", NAMES[i], true, NULL);
    }
}

static void refuses_normalisations(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"normalize.mean", "model.pixel_std", "mean"};
    static const uint64_t DIMS[] = {1, 3, 1, 1};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        rn_raw_set *set = make("model.");
        add_tensor(set, "", NAMES[i], 4, DIMS);
        assert_fails(judge(set, "model."), RESNET_E_UNSUPPORTED, NAMES[i]);
        rn_raw_free(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_heads),
        cmocka_unit_test(sets_other_tasks_aside),
        cmocka_unit_test(drops_projections),
        cmocka_unit_test(drops_heads_behind_the_unknown),
        cmocka_unit_test(leaves_what_changes_the_result),
        cmocka_unit_test(refuses_normalisations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
