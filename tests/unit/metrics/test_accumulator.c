/* The handle: options, batches, merging, mistakes, running out of memory.
 * SPDX-License-Identifier: MIT */
#include "golden_case.h"

#include "core/mem.h"

static const float three_logits[3][3] = {{3, 1, 0}, {0, 2, 1}, {0, 0, 5}};

static resnet_metrics *create(size_t n_classes)
{
    resnet_metrics *metrics = NULL;
    assert_ok(resnet_metrics_create(&metrics, n_classes, NULL, NULL));
    return metrics;
}

static double get(const resnet_metrics *metrics, const char *name)
{
    double value = 0;
    assert_ok(resnet_metrics_get(&value, metrics, name));
    return value;
}

static void refuses_bad_arguments(void **state)
{
    (void)state;
    resnet_metrics *metrics = NULL;
    resnet_metrics_options options;
    static const char *const gap[] = {"a", NULL};
    assert_int_equal(resnet_metrics_create(NULL, 2, NULL, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_create(&metrics, 1, NULL, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_create(&metrics, 65537, NULL, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_create(&metrics, 2, gap, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_options_init(NULL, sizeof options), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_options_init(&options, 8), RESNET_E_INVALID);
    for (int field = 0; field < 5; field++) {
        assert_ok(resnet_metrics_options_init(&options, sizeof options));
        if (field == 0) options.scores = 2;
        if (field == 1) options.absent = -1;
        if (field == 2) options.n_bins = 0;
        if (field == 3) options.n_bins = 1001;
        if (field == 4) options.n_mistakes = 1001;
        assert_int_equal(resnet_metrics_create(&metrics, 2, NULL, &options), RESNET_E_INVALID);
    }
    assert_null(metrics);
    resnet_metrics_free(NULL);
    resnet_metrics_clear(NULL);
    assert_int_equal(resnet_metrics_get_count(NULL), 0);
    assert_null(resnet_metrics_get_confusion(NULL));
    assert_null(resnet_metrics_get_class_name(NULL, 0));
}

static void names_classes(void **state)
{
    (void)state;
    char first[] = "first";
    const char *names[] = {first, "second"};
    resnet_metrics *metrics = NULL;
    assert_ok(resnet_metrics_create(&metrics, 2, names, NULL));
    memset(first, 'x', 5);
    assert_string_equal(resnet_metrics_get_class_name(metrics, 0), "first");
    assert_null(resnet_metrics_get_class_name(metrics, 2));
    assert_int_equal(resnet_metrics_get_n_classes(metrics), 2);
    resnet_metrics_free(metrics);
    metrics = create(3);
    assert_string_equal(resnet_metrics_get_class_name(metrics, 2), "2");
    resnet_metrics_free(metrics);
}

/* A batch with one bad value adds nothing at all. */
static void adds_wholly_or_not_at_all(void **state)
{
    (void)state;
    static const float bad_scores[] = {NAN, INFINITY, -INFINITY};
    static const int32_t labels[] = {0, 1, 2};
    resnet_metrics *metrics = create(3);
    for (size_t b = 0; b < 3; b++) {
        float scores[3][3];
        memcpy(scores, three_logits, sizeof scores);
        scores[2][1] = bad_scores[b];
        assert_int_equal(resnet_metrics_add(metrics, &scores[0][0], labels, NULL, 3),
                         RESNET_E_INVALID);
        assert_non_null(strstr(resnet_last_error(), "sample 2, class 1"));
    }
    static const int32_t bad_labels[][3] = {{0, 1, 3}, {0, 1, -1}};
    for (size_t b = 0; b < 2; b++)
        assert_int_equal(resnet_metrics_add(metrics, &three_logits[0][0], bad_labels[b], NULL, 3),
                         RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_add(metrics, NULL, labels, NULL, 3), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_add(metrics, &three_logits[0][0], NULL, NULL, 3),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_add(NULL, &three_logits[0][0], labels, NULL, 3),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_get_count(metrics), 0);
    assert_ok(resnet_metrics_add(metrics, NULL, NULL, NULL, 0));
    assert_ok(resnet_metrics_add(metrics, &three_logits[0][0], labels, NULL, 3));
    assert_true(get(metrics, "accuracy") == 1);
    resnet_metrics_free(metrics);
}

static void checks_probabilities(void **state)
{
    (void)state;
    static const float bad[][2] = {{0.5f, 0.6f}, {-0.1f, 1.1f}, {0.2f, 0.2f}, {NAN, 1}};
    static const float good[] = {0.25f, 0.7504f};
    static const int32_t label[] = {1};
    resnet_metrics_options options;
    resnet_metrics *metrics = NULL;
    assert_ok(resnet_metrics_options_init(&options, sizeof options));
    options.scores = RESNET_SCORES_PROBABILITIES;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, &options));
    for (size_t b = 0; b < 4; b++)
        assert_int_equal(resnet_metrics_add(metrics, bad[b], label, NULL, 1), RESNET_E_INVALID);
    assert_ok(resnet_metrics_add(metrics, good, label, NULL, 1));
    resnet_metrics_free(metrics);
}

/* exp() of such logits overflows; the loss does not. */
static void survives_large_logits(void **state)
{
    (void)state;
    static const float scores[] = {3e38f, -3e38f, 2000, 0};
    static const int32_t labels[] = {0, 1};
    resnet_metrics *metrics = create(2);
    assert_ok(resnet_metrics_add(metrics, scores, labels, NULL, 2));
    assert_true(get(metrics, "loss") == 1000);
    assert_true(get(metrics, "log_loss") < 20);
    resnet_metrics_free(metrics);
}

/* Halves measured apart and merged give what the whole gives. */
static void merges(void **state)
{
    (void)state;
    static const char *const names[] = {"count",     "macro_f1",  "top3", "loss", "log_loss",
                                        "macro_auc", "micro_auc", "map",  "ece",  "temperature"};
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    const size_t half = golden.n_samples / 2;
    resnet_metrics *whole = golden_measure(&golden, 9);
    const size_t n_samples = golden.n_samples;
    golden.n_samples = half;
    resnet_metrics *merged = golden_measure(&golden, 9);
    resnet_metrics_options small = golden.options;
    resnet_metrics *rest = NULL;
    uint64_t ids[64];
    for (size_t i = 0; i < n_samples - half; i++) ids[i] = half + i;
    assert_ok(resnet_metrics_create(&rest, golden.n_classes, golden.class_names, &small));
    assert_ok(resnet_metrics_add(rest, golden.scores + half * golden.n_classes,
                                 golden.labels + half, ids, n_samples - half));
    assert_ok(resnet_metrics_merge(merged, rest));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        golden_check(get(merged, names[i]), get(whole, names[i]), "merged", names[i]);
    assert_int_equal(resnet_metrics_get_n_mistakes(merged), resnet_metrics_get_n_mistakes(whole));
    for (size_t r = 0; r < resnet_metrics_get_n_mistakes(whole); r++) {
        resnet_metrics_mistake a, b;
        assert_ok(resnet_metrics_copy_mistake(&a, sizeof a, merged, r));
        assert_ok(resnet_metrics_copy_mistake(&b, sizeof b, whole, r));
        assert_memory_equal(&a, &b, sizeof a);
    }
    resnet_metrics_free(whole);
    resnet_metrics_free(merged);
    resnet_metrics_free(rest);
    golden_close(&golden);
}

static void merges_only_equals(void **state)
{
    (void)state;
    resnet_metrics_options options;
    resnet_metrics *two = create(2), *three = create(3), *other = NULL;
    assert_ok(resnet_metrics_options_init(&options, sizeof options));
    assert_int_equal(resnet_metrics_merge(two, three), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_merge(two, two), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_merge(two, NULL), RESNET_E_INVALID);
    options.n_bins = 10;
    assert_ok(resnet_metrics_create(&other, 2, NULL, &options));
    assert_int_equal(resnet_metrics_merge(two, other), RESNET_E_INVALID);
    resnet_metrics_free(other);
    options.n_bins = 15;
    options.max_score_bytes = 0;
    assert_ok(resnet_metrics_create(&other, 2, NULL, &options));
    assert_ok(resnet_metrics_merge(two, other));
    double auc = 0;
    assert_int_equal(resnet_metrics_get(&auc, two, "macro_auc"), RESNET_E_STATE);
    resnet_metrics_free(two);
    resnet_metrics_free(three);
    resnet_metrics_free(other);
}

static void copies_rows(void **state)
{
    (void)state;
    static const float scores[] = {1, 0, 1, 0, 0, 1, 0, 1};
    static const int32_t labels[] = {0, 1, 1, 1};
    resnet_metrics *metrics = create(2);
    resnet_metrics_row row;
    assert_ok(resnet_metrics_add(metrics, scores, labels, NULL, 4));
    assert_ok(resnet_metrics_copy_row(&row, sizeof row, metrics, 1));
    assert_true(row.struct_size == sizeof row && row.support == 3 && row.predicted == 2);
    assert_true(row.precision == 1 && fabs(row.recall - 2.0 / 3) < 1e-15);
    assert_ok(resnet_metrics_copy_row(&row, sizeof row, metrics, RESNET_MICRO));
    assert_true(row.support == 4 && row.precision == 0.75 && row.f1 == 0.75);
    assert_int_equal(resnet_metrics_copy_row(&row, sizeof row, metrics, 2), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_copy_row(&row, sizeof row, metrics, -4), RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_copy_row(&row, 8, metrics, 0), RESNET_E_INVALID);
    resnet_metrics_free(metrics);
}

static void remembers_the_worst(void **state)
{
    (void)state;
    static const float scores[] = {1, 0, 5, 0, 3, 0, 0, 1, 5, 0};
    static const int32_t labels[] = {1, 1, 1, 1, 1};
    static const uint64_t ids[] = {10, 11, 12, 13, 14};
    static const uint64_t expected[] = {11, 14, 12};
    resnet_metrics_options options;
    resnet_metrics *metrics = NULL;
    resnet_metrics_mistake mistake;
    assert_ok(resnet_metrics_options_init(&options, sizeof options));
    options.n_mistakes = 3;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, &options));
    assert_ok(resnet_metrics_add(metrics, scores, labels, ids, 5));
    assert_int_equal(resnet_metrics_get_n_mistakes(metrics), 3);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(resnet_metrics_copy_mistake(&mistake, sizeof mistake, metrics, r), 0);
        assert_int_equal(mistake.id, expected[r]);
        assert_true(mistake.label == 1 && mistake.predicted == 0);
        assert_true(fabs(mistake.label_probability + mistake.predicted_probability - 1) < 1e-15);
    }
    assert_int_equal(resnet_metrics_copy_mistake(&mistake, sizeof mistake, metrics, 3),
                     RESNET_E_INVALID);
    resnet_metrics_clear(metrics);
    assert_int_equal(resnet_metrics_get_n_mistakes(metrics), 0);
    resnet_metrics_free(metrics);
}

/* Every call that allocates, in one go; whatever it fails at, nothing leaks. */
static resnet_status measure_all(void)
{
    static const int32_t labels[] = {0, 1, 0};
    resnet_metrics *metrics = NULL, *other = NULL;
    double low, high;
    size_t count;
    resnet_status status = resnet_metrics_create(&metrics, 3, NULL, NULL);
    if (!status) status = resnet_metrics_create(&other, 3, NULL, NULL);
    if (!status) status = resnet_metrics_add(metrics, &three_logits[0][0], labels, NULL, 3);
    if (!status) status = resnet_metrics_add(other, &three_logits[0][0], labels, NULL, 3);
    if (!status) status = resnet_metrics_merge(metrics, other);
    if (!status) status = resnet_metrics_get(&low, metrics, "macro_auc");
    if (!status) status = resnet_metrics_fit_temperature(&low, NULL, &high, metrics);
    if (!status) status = resnet_metrics_copy_interval(&low, &high, metrics, "loss", 9, 0.9, 1);
    if (!status) status = resnet_metrics_copy_interval(&low, &high, metrics, "map", 9, 0.9, 1);
    if (!status) status = resnet_metrics_copy_roc(NULL, NULL, NULL, 0, &count, metrics, 0);
    if (!status)
        status = resnet_metrics_copy_roc(NULL, NULL, NULL, 0, &count, metrics, RESNET_MACRO);
    if (!status)
        status = resnet_metrics_copy_precision_recall(NULL, NULL, NULL, 0, &count, metrics, 0);
    resnet_metrics_free(metrics);
    resnet_metrics_free(other);
    return status;
}

static void survives_running_out_of_memory(void **state)
{
    (void)state;
    resnet_status status = RESNET_E_NOMEM;
    uint64_t k = 0;
    while (status != RESNET_OK) {
        rn_mem_fail_at(++k);
        status = measure_all();
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_true(k < 200);
    }
    assert_true(k > 20);
}

/* A failed add leaves the handle as it was. */
static void stays_usable_after_failing(void **state)
{
    (void)state;
    static const int32_t labels[] = {0, 1, 2};
    resnet_metrics *metrics = create(3);
    for (uint64_t k = 1; k <= 3; k++) {
        rn_mem_fail_at(k);
        assert_int_equal(resnet_metrics_add(metrics, &three_logits[0][0], labels, NULL, 3),
                         RESNET_E_NOMEM);
        assert_int_equal(resnet_metrics_get_count(metrics), 0);
    }
    rn_mem_fail_at(0);
    assert_ok(resnet_metrics_add(metrics, &three_logits[0][0], labels, NULL, 3));
    assert_true(get(metrics, "macro_auc") == 1);
    resnet_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_arguments),
        cmocka_unit_test(names_classes),
        cmocka_unit_test(adds_wholly_or_not_at_all),
        cmocka_unit_test(checks_probabilities),
        cmocka_unit_test(survives_large_logits),
        cmocka_unit_test(merges),
        cmocka_unit_test(merges_only_equals),
        cmocka_unit_test(copies_rows),
        cmocka_unit_test(remembers_the_worst),
        cmocka_unit_test(survives_running_out_of_memory),
        cmocka_unit_test(stays_usable_after_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
