/* ROC and precision-recall curves, point by point. SPDX-License-Identifier: MIT */
#include "golden_case.h"

#define MACRO_STEP 37 /* the golden holds every so manieth point of the macro curve */

typedef resnet_status (*copy_curve)(double *, double *, double *, size_t, size_t *,
                                    const resnet_metrics *, int32_t);

/* `names` are the three arrays' keys; the golden may have one threshold fewer than points. */
static void check_curve(const golden_case *golden, const resnet_metrics *metrics, copy_curve copy,
                        const char *key, const char *const names[3])
{
    const int32_t which = strcmp(key, "micro") == 0 ? RESNET_MICRO : atoi(key);
    const json_t *curve = json_object_get(json_object_get(golden->document, "curves"), key);
    const size_t expected_count = json_array_size(json_object_get(curve, names[0]));
    const size_t room = golden->n_samples * golden->n_classes + 1;
    double *points[3];
    size_t count = 0, again = 0;
    for (size_t k = 0; k < 3; k++) points[k] = calloc(room, sizeof(double));
    assert_ok(copy(NULL, NULL, NULL, 0, &count, metrics, which));
    assert_int_equal(count, expected_count);
    assert_true(count <= room);
    assert_int_equal(copy(points[0], points[1], points[2], room, &again, metrics, which), 0);
    assert_int_equal(again, count);
    for (size_t k = 0; k < 3; k++) {
        const json_t *expected = json_object_get(curve, names[k]);
        assert_true(json_array_size(expected) + (k == 2) >= count);
        for (size_t i = 0; i < json_array_size(expected); i++)
            golden_check(points[k][i], golden_number(json_array_get(expected, i)), golden->name,
                         names[k]);
    }
    points[0][1] = -5;
    assert_ok(copy(points[0], NULL, NULL, 1, &again, metrics, which));
    assert_true(points[0][1] == -5);
    for (size_t k = 0; k < 3; k++) free(points[k]);
}

static void check_macro(const golden_case *golden, const resnet_metrics *metrics)
{
    const json_t *expected = json_object_get(golden->document, "macro_roc");
    double x[1000], y[1000];
    size_t count = 0;
    assert_ok(resnet_metrics_copy_roc(x, y, NULL, 1000, &count, metrics, RESNET_MACRO));
    assert_int_equal(count, 1000);
    assert_true(x[0] == 0 && x[999] == 1);
    for (size_t i = 0; i < json_array_size(expected); i++)
        golden_check(y[i * MACRO_STEP], golden_number(json_array_get(expected, i)), golden->name,
                     "macro ROC");
}

static void equals_scikit_learn(void **state)
{
    (void)state;
    static const char *const roc[] = {"fpr", "tpr", "thresholds"};
    static const char *const precision_recall[] = {"precision", "recall", "cuts"};
    for (size_t g = 0; g < N_GOLDENS; g++) {
        golden_case golden = golden_open(golden_names[g], RESNET_ABSENT_SKIP);
        resnet_metrics *metrics = golden_measure(&golden, 16);
        json_t *curves = json_object_get(golden.document, "curves");
        const char *key;
        json_t *value;
        json_object_foreach(curves, key, value)
        {
            check_curve(&golden, metrics, resnet_metrics_copy_roc, key, roc);
            check_curve(&golden, metrics, resnet_metrics_copy_precision_recall, key,
                        precision_recall);
        }
        if (curves) check_macro(&golden, metrics);
        resnet_metrics_free(metrics);
        golden_close(&golden);
    }
}

static void refuses_other_curves(void **state)
{
    (void)state;
    golden_case golden = golden_open("binary", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 16);
    size_t count = 99;
    static const int32_t bad[] = {2, RESNET_WEIGHTED, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(resnet_metrics_copy_roc(NULL, NULL, NULL, 0, &count, metrics, bad[i]),
                         RESNET_E_INVALID);
    assert_int_equal(
        resnet_metrics_copy_precision_recall(NULL, NULL, NULL, 0, &count, metrics, RESNET_MACRO),
        RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_copy_roc(NULL, NULL, NULL, 0, NULL, metrics, 0),
                     RESNET_E_INVALID);
    resnet_metrics_clear(metrics);
    assert_int_equal(resnet_metrics_copy_roc(NULL, NULL, NULL, 0, &count, metrics, 0),
                     RESNET_E_INVALID);
    assert_int_equal(resnet_metrics_copy_roc(NULL, NULL, NULL, 0, &count, metrics, RESNET_MACRO),
                     RESNET_E_INVALID);
    assert_int_equal(count, 99);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn),
        cmocka_unit_test(refuses_other_curves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
