/* Batch norms among a head's dense layers. SPDX-License-Identifier: MIT */
#include "networks.h"

#include "store/head.h"
#include "store/head_norm.h"

#include <math.h>

#define WIDTH 6

static float values[WIDTH * N_FEATURES];

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        values[i] = 0.5f + (float)(i % 17) / 16;
    return 0;
}

static resnet_status take(rn_weights **weights, rn_raw_set *set)
{
    for (size_t i = 0; i < set->n_tensors; i++)
        set->tensors[i].storage = (const unsigned char *)values;
    assert_ok(rn_weights_create(weights, arch50()));
    assert_ok(rn_head_sort(set));
    assert_ok(rn_head_take(*weights, set, RN_NAMES_TORCHVISION));
    return rn_head_fold_norms(*weights, set);
}

static double scale_of(size_t i)
{
    return (double)values[i] / sqrt((double)values[i] + 1e-5);
}

static double shift_of(size_t i)
{
    return (double)values[i] - (double)values[i] * scale_of(i);
}

static void check(const rn_weights *weights, const char *name, size_t i, double expected)
{
    const double found = (double)rn_weights_find(weights, name)->data[i];
    if (fabs(found - expected) > 1e-5 * fabs(expected) + 1e-5)
        fail_msg("%s[%zu] is %g, not %g", name, i, found, expected);
}

/* As of a ResNet-101: what is left over is told as such. */
static void leaves_the_norms_of_blocks(void **state)
{
    (void)state;
    rn_weights *weights = NULL;
    rn_raw_set *set = make_set();
    for (int block = 6; block < 23; block++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "layer3.%d.bn1.", block);
        add_norm(set, prefix, WIDTH);
    }
    add_dense(set, "fc.", 3, N_FEATURES);
    assert_ok(take(&weights, set));
    for (size_t i = 0; i < set->n_tensors; i++)
        assert_true(set->tensors[i].used == (strncmp(set->tensors[i].key, "fc.", 3) == 0));
    rn_weights_free(weights);
    rn_raw_free(set);
}

static void folds_behind(void **state)
{
    (void)state;
    rn_weights *weights = NULL;
    rn_raw_set *set = make_set();
    add_dense(set, "fc.0.", WIDTH, N_FEATURES);
    add_norm(set, "fc.1.", WIDTH);
    add_dense(set, "fc.4.", 3, WIDTH);
    assert_ok(take(&weights, set));
    const size_t at = 2 * N_FEATURES + 5;
    check(weights, "fc.hidden0.weight", at, (double)values[at] * scale_of(2));
    check(weights, "fc.hidden0.bias", 2, (double)values[2] * scale_of(2) + shift_of(2));
    check(weights, "fc.weight", 7, (double)values[7]);
    assert_int_equal(set->info.n_remarks, 1);
    rn_weights_free(weights);
    rn_raw_free(set);
}

static void folds_before(void **state)
{
    (void)state;
    rn_weights *weights = NULL;
    rn_raw_set *set = make_set();
    add_dense(set, "fc.0.", WIDTH, N_FEATURES);
    add_norm(set, "fc.2.", WIDTH);
    add_dense(set, "fc.3.", 3, WIDTH);
    assert_ok(take(&weights, set));
    double bias = (double)values[1];
    for (size_t i = 0; i < WIDTH; i++) bias += (double)values[WIDTH + i] * shift_of(i);
    check(weights, "fc.weight", WIDTH + 4, (double)values[WIDTH + 4] * scale_of(4));
    check(weights, "fc.bias", 1, bias);
    rn_weights_free(weights);
    rn_raw_free(set);
}

/* Layers "first" (0) to "last", with a batch norm (0: none); numbers of a Sequential. */
static void expect_refusal(unsigned last, unsigned norm, const char *word)
{
    rn_weights *weights = NULL;
    rn_raw_set *set = make_set();
    char name[32];
    add_dense(set, "fc.0.", WIDTH, N_FEATURES);
    snprintf(name, sizeof name, "fc.%u.", last);
    add_dense(set, name, 3, WIDTH);
    snprintf(name, sizeof name, "fc.%u.", norm);
    if (norm) add_norm(set, name, WIDTH);
    assert_fails(take(&weights, set), RESNET_E_UNSUPPORTED, word);
    rn_weights_free(weights);
    rn_raw_free(set);
}

static void refuses_to_guess(void **state)
{
    (void)state;
    expect_refusal(1, 0, "fc.0 and fc.1: dense layers without an activation");
    expect_refusal(2, 1, "fc.0 and fc.2: dense layers without an activation");
    expect_refusal(4, 2, "do not tell what stands between");
}

/* Equal widths in the order of a file sorted by name. */
static void counts_numbers_by_value(void **state)
{
    (void)state;
    rn_weights *weights = NULL;
    rn_raw_set *set = make_set();
    add_dense(set, "fc.10.", 3, WIDTH);
    add_dense(set, "fc.2.", WIDTH, N_FEATURES);
    add_dense(set, "fc.8.", WIDTH, WIDTH);
    assert_ok(take(&weights, set));
    assert_string_equal(rn_weights_find(weights, "fc.hidden1.weight")->source_name, "fc.8.weight");
    assert_string_equal(rn_weights_find(weights, "fc.weight")->source_name, "fc.10.weight");
    rn_weights_free(weights);
    rn_raw_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_the_norms_of_blocks),
        cmocka_unit_test(folds_behind),
        cmocka_unit_test(folds_before),
        cmocka_unit_test(refuses_to_guess),
        cmocka_unit_test(counts_numbers_by_value),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
