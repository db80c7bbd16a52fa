/* Every figure by its name, against scikit-learn. SPDX-License-Identifier: MIT */
#include "golden_case.h"

#include "metrics/accumulator.h"

static void check_figures(const golden_case *golden, const resnet_metrics *metrics,
                          const char *absent)
{
    json_t *figures = json_object_get(json_object_get(golden->document, "figures"), absent);
    const char *name;
    json_t *expected;
    assert_true(json_object_size(figures) > 20);
    json_object_foreach(figures, name, expected)
    {
        double got = -77;
        assert_ok(resnet_metrics_get(&got, metrics, name));
        golden_check(got, golden_number(expected), golden->name, name);
    }
}

static void check_confusion(const golden_case *golden, const resnet_metrics *metrics)
{
    const json_t *rows = json_object_get(golden->document, "confusion");
    const uint64_t *confusion = resnet_metrics_get_confusion(metrics);
    for (size_t i = 0; i < golden->n_classes; i++)
        for (size_t j = 0; j < golden->n_classes; j++)
            assert_int_equal(confusion[i * golden->n_classes + j],
                             json_integer_value(json_array_get(json_array_get(rows, i), j)));
}

static void equals_scikit_learn(void **state)
{
    (void)state;
    for (size_t g = 0; g < N_GOLDENS; g++)
        for (int32_t absent = RESNET_ABSENT_SKIP; absent <= RESNET_ABSENT_ZERO; absent++) {
            golden_case golden = golden_open(golden_names[g], absent);
            resnet_metrics *metrics = golden_measure(&golden, 7);
            check_figures(&golden, metrics, absent == RESNET_ABSENT_SKIP ? "skip" : "zero");
            check_confusion(&golden, metrics);
            resnet_metrics_free(metrics);
            golden_close(&golden);
        }
}

static void finds_classes_by_name_then_index(void **state)
{
    (void)state;
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    double by_name = 0, by_index = 1;
    assert_ok(resnet_metrics_get(&by_name, metrics, "recall[a[b]]"));
    assert_ok(resnet_metrics_get(&by_index, metrics, "recall[4]"));
    assert_true(by_name == by_index);
    resnet_metrics_free(metrics);
    golden_close(&golden);

    const char *const swapped[] = {"1", "0"};
    const float scores[] = {1, 0, 1, 0, 0, 1};
    const int32_t labels[] = {0, 0, 1};
    double support = 0;
    assert_ok(resnet_metrics_create(&metrics, 2, swapped, NULL));
    assert_ok(resnet_metrics_add(metrics, scores, labels, NULL, 3));
    assert_ok(resnet_metrics_get(&support, metrics, "support[1]"));
    assert_true(support == 2);
    resnet_metrics_free(metrics);
}

static void refuses_unknown_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",        "f1",        "macro_",       "macro_support", "top0",   "top",    "top5x",
        "f1[7]",   "f1[-1]",    "f1[",          "f1]",           "f1[cat", "f1[]",   "kappa[1]",
        "macro_x", "accuracy ", "f1[cat]extra", "[cat]",         "f1[ 1]", "f1[1 ]", "top+5"};
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    double got = 42;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (resnet_metrics_get(&got, metrics, names[i]) != RESNET_E_INVALID)
            fail_msg("'%s' was understood", names[i]);
        assert_true(got == 42);
    }
    assert_int_equal(resnet_metrics_get(NULL, metrics, "mcc"), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_get(&got, NULL, "mcc"), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_get(&got, metrics, NULL), RESNET_E_INVALID);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void is_undefined_of_no_samples(void **state)
{
    (void)state;
    static const char *const names[] = {"accuracy", "top2",  "loss",     "kappa",      "mcc",
                                        "ece",      "f1[0]", "map",      "macro_auc",  "micro_auc",
                                        "mce",      "ap[1]", "macro_f1", "temperature"};
    resnet_metrics *metrics = NULL;
    double got = 0;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, NULL));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_ok(resnet_metrics_get(&got, metrics, names[i]));
        assert_true(isnan(got));
    }
    assert_ok(resnet_metrics_get(&got, metrics, "count"));
    assert_true(got == 0);
    resnet_metrics_free(metrics);
}

static void needs_scores_only_for_curves(void **state)
{
    (void)state;
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    double got = 0;
    golden.options.max_score_bytes = golden.n_samples * golden.n_classes * sizeof(float) - 1;
    resnet_metrics *metrics = golden_measure(&golden, 7);
    assert_ok(resnet_metrics_get(&got, metrics, "macro_f1"));
    assert_int_equal(resnet_metrics_get(&got, metrics, "macro_auc"), RESNET_E_STATE);
    assert_int_equal(resnet_metrics_get(&got, metrics, "temperature"), RESNET_E_STATE);
    assert_non_null(strstr(resnet_last_error(), "max_score_bytes"));
    resnet_metrics_clear(metrics);
    assert_ok(resnet_metrics_add(metrics, golden.scores, golden.labels, NULL, 20));
    assert_ok(resnet_metrics_get(&got, metrics, "macro_auc"));
    resnet_metrics_free(metrics);

    golden.options.max_score_bytes++;
    metrics = golden_measure(&golden, 7);
    assert_ok(resnet_metrics_get(&got, metrics, "macro_auc"));
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

/* Equal scores: the prediction is the first of them, top-k takes the last, as scikit-learn does. */
static void breaks_ties_as_scikit_learn(void **state)
{
    (void)state;
    const float scores[] = {1, 1, 1};
    const int32_t first[] = {0}, last[] = {2};
    double top1 = 0, top2 = 0;
    resnet_metrics *metrics = NULL;
    assert_ok(resnet_metrics_create(&metrics, 3, NULL, NULL));
    assert_ok(resnet_metrics_add(metrics, scores, first, NULL, 1));
    assert_ok(resnet_metrics_get(&top1, metrics, "top1"));
    assert_ok(resnet_metrics_get(&top2, metrics, "top2"));
    assert_true(top1 == 1 && top2 == 0);
    resnet_metrics_clear(metrics);
    assert_ok(resnet_metrics_add(metrics, scores, last, NULL, 1));
    assert_ok(resnet_metrics_get(&top1, metrics, "top1"));
    assert_ok(resnet_metrics_get(&top2, metrics, "top2"));
    assert_true(top1 == 0 && top2 == 1);
    resnet_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn),
        cmocka_unit_test(finds_classes_by_name_then_index),
        cmocka_unit_test(refuses_unknown_names),
        cmocka_unit_test(is_undefined_of_no_samples),
        cmocka_unit_test(needs_scores_only_for_curves),
        cmocka_unit_test(breaks_ties_as_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
