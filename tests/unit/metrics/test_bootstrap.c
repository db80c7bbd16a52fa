/* Confidence intervals by bootstrap. SPDX-License-Identifier: MIT */
#include "golden_case.h"

#include <stdbool.h>

/* Two bootstraps differ by luck: the 2.5 % quantile of 4,000 resamples has a standard error of a
 * hundredth of the interval's width. The neighbouring 5 % quantile is a twelfth of it away. */
#define TOLERANCE 0.05

/* Whether a figure moves in steps of one sample, so that a quantile may be a whole step off. */
static bool is_stepped(const char *name)
{
    static const char *const stepped[] = {"accuracy", "weighted_recall", "top2"};
    for (size_t i = 0; i < sizeof stepped / sizeof *stepped; i++)
        if (strcmp(name, stepped[i]) == 0) return true;
    return false;
}

static void agrees_with_numpy(void **state)
{
    (void)state;
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 16);
    const char *name;
    json_t *interval;
    json_object_foreach(json_object_get(golden.document, "intervals"), name, interval)
    {
        const double expected_low = json_number_value(json_array_get(interval, 0));
        const double expected_high = json_number_value(json_array_get(interval, 1));
        const double step = is_stepped(name) ? 1.0 / (double)golden.n_samples : 0;
        const double slack = TOLERANCE * (expected_high - expected_low) + step;
        double low = 0, high = 0;
        assert_ok(resnet_metrics_copy_interval(&low, &high, metrics, name, 4000, 0.95, 1));
        if (fabs(low - expected_low) > slack || fabs(high - expected_high) > slack)
            fail_msg("%s: [%g, %g], NumPy's is [%g, %g]", name, low, high, expected_low,
                     expected_high);
    }
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void is_named_by_its_seed(void **state)
{
    (void)state;
    golden_case golden = golden_open("ties", RESNET_ABSENT_SKIP);
    resnet_metrics *one = golden_measure(&golden, 16);
    resnet_metrics *other = golden_measure(&golden, 80);
    static const char *const names[] = {"macro_f1", "macro_auc", "log_loss"};
    for (size_t i = 0; i < 3; i++) {
        double low[3], high[3];
        for (size_t k = 0; k < 3; k++)
            assert_ok(resnet_metrics_copy_interval(&low[k], &high[k], k == 1 ? other : one,
                                                   names[i], 101, 0.8, k == 2 ? 8 : 7));
        assert_true(low[0] == low[1] && high[0] == high[1]);
        assert_true(low[0] != low[2] || high[0] != high[2]);
        assert_true(low[0] < high[0]);
    }
    resnet_metrics_free(one);
    resnet_metrics_free(other);
    golden_close(&golden);
}

static void leaves_out_undefined_resamples(void **state)
{
    (void)state;
    double low = 0, high = 0;
    golden_case golden = golden_open("absent", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 16);
    assert_ok(resnet_metrics_copy_interval(&low, &high, metrics, "auc[neither]", 50, 0.9, 0));
    assert_true(isnan(low) && isnan(high));
    assert_ok(resnet_metrics_copy_interval(&low, &high, metrics, "macro_auc", 50, 0.9, 0));
    assert_true(low > 0 && low <= high && high <= 1);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

/* A label of probability 0 makes the loss infinite in most resamples. */
static void bears_infinite_losses(void **state)
{
    (void)state;
    double low = 0, high = 0;
    golden_case golden = golden_open("ties", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 16);
    assert_ok(resnet_metrics_get(&low, metrics, "loss"));
    assert_true(isinf(low));
    assert_ok(resnet_metrics_copy_interval(&low, &high, metrics, "loss", 50, 0.9, 0));
    assert_true(isinf(low) && isinf(high));
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void refuses_bad_requests(void **state)
{
    (void)state;
    double low = 5, high = 5;
    golden_case golden = golden_open("ties", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 16);
    static const struct {
        const char *name;
        size_t n_resamples;
        double confidence;
    } bad[] = {{"accuracy", 0, 0.9},    {"accuracy", 2000000, 0.9}, {"accuracy", 10, 0},
               {"accuracy", 10, 1},     {"accuracy", 10, NAN},      {"nonsense", 10, 0.9},
               {"temperature", 10, 0.9}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(resnet_metrics_copy_interval(&low, &high, metrics, bad[i].name,
                                                      bad[i].n_resamples, bad[i].confidence, 0),
                         RESNET_E_INVALID);
    resnet_metrics_clear(metrics);
    assert_int_equal(resnet_metrics_copy_interval(&low, &high, metrics, "accuracy", 10, 0.9, 0),
                     RESNET_E_INVALID);
    assert_true(low == 5 && high == 5);
    resnet_metrics_free(metrics);
    golden.options.max_score_bytes = 0;
    metrics = golden_measure(&golden, 16);
    assert_int_equal(resnet_metrics_copy_interval(&low, &high, metrics, "accuracy", 10, 0.9, 0),
                     RESNET_E_STATE);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_numpy),
        cmocka_unit_test(is_named_by_its_seed),
        cmocka_unit_test(leaves_out_undefined_resamples),
        cmocka_unit_test(bears_infinite_losses),
        cmocka_unit_test(refuses_bad_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
