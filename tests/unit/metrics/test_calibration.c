/* Reliability bins, calibration errors and temperature scaling. SPDX-License-Identifier: MIT */
#include "golden_case.h"

#define N_BINS 15

static void check_bins(const golden_case *golden, const resnet_metrics *metrics)
{
    const json_t *expected = json_object_get(golden->document, "calibration");
    const json_t *accuracies = json_object_get(expected, "accuracies");
    const json_t *confidences = json_object_get(expected, "confidences");
    uint64_t counts[N_BINS];
    double confidence[N_BINS], accuracy[N_BINS];
    size_t n_bins = 0, filled = 0;
    assert_ok(
        resnet_metrics_copy_reliability(counts, confidence, accuracy, N_BINS, &n_bins, metrics));
    assert_int_equal(n_bins, N_BINS);
    for (size_t b = 0; b < N_BINS; b++) {
        assert_int_equal(
            counts[b], json_integer_value(json_array_get(json_object_get(expected, "counts"), b)));
        if (counts[b] == 0) {
            assert_true(isnan(confidence[b]) && isnan(accuracy[b]));
            continue;
        }
        golden_check(confidence[b], golden_number(json_array_get(confidences, filled)),
                     golden->name, "confidence");
        golden_check(accuracy[b], golden_number(json_array_get(accuracies, filled)), golden->name,
                     "accuracy");
        filled++;
    }
}

static void check_errors(const golden_case *golden, const resnet_metrics *metrics)
{
    static const char *const names[] = {"ece", "mce"};
    const json_t *expected = json_object_get(golden->document, "calibration");
    for (size_t i = 0; i < 2; i++) {
        double got = -1;
        assert_ok(resnet_metrics_get(&got, metrics, names[i]));
        golden_check(got, golden_number(json_object_get(expected, names[i])), golden->name,
                     names[i]);
    }
}

static void check_temperature(const golden_case *golden, const resnet_metrics *metrics)
{
    const json_t *expected = json_object_get(golden->document, "temperature");
    double temperature = -1, loss = -1, ece = -1, named = -1;
    assert_ok(resnet_metrics_fit_temperature(&temperature, &loss, &ece, metrics));
    assert_ok(resnet_metrics_get(&named, metrics, "temperature"));
    assert_true(named == temperature);
    if (json_is_null(expected)) { /* the least loss is at an end of the range */
        assert_true(temperature < 0.0011 || temperature > 999);
        return;
    }
    golden_check(temperature, golden_number(json_object_get(expected, "temperature")), golden->name,
                 "temperature");
    golden_check(loss, golden_number(json_object_get(expected, "loss")), golden->name, "loss");
    golden_check(ece, golden_number(json_object_get(expected, "ece")), golden->name, "ece");
}

static void equals_scikit_learn(void **state)
{
    (void)state;
    for (size_t g = 0; g < N_GOLDENS; g++) {
        golden_case golden = golden_open(golden_names[g], RESNET_ABSENT_SKIP);
        resnet_metrics *metrics = golden_measure(&golden, 16);
        check_bins(&golden, metrics);
        check_errors(&golden, metrics);
        check_temperature(&golden, metrics);
        resnet_metrics_free(metrics);
        golden_close(&golden);
    }
}

/* Logits three times too large: dividing by about three undoes it. */
static void recovers_a_known_temperature(void **state)
{
    (void)state;
    golden_case golden = golden_open("many", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 50);
    double plain = 0, scaled = 0;
    assert_ok(resnet_metrics_fit_temperature(&plain, NULL, NULL, metrics));
    resnet_metrics_free(metrics);
    for (size_t i = 0; i < golden.n_samples * golden.n_classes; i++) golden.scores[i] *= 3;
    metrics = golden_measure(&golden, 50);
    assert_ok(resnet_metrics_fit_temperature(&scaled, NULL, NULL, metrics));
    assert_true(fabs(scaled / plain - 3) < 1e-6);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void puts_edges_into_the_lower_bin(void **state)
{
    (void)state;
    const float scores[] = {0.5f, 0.5f, 0.75f, 0.25f, 1, 0};
    const int32_t labels[] = {0, 0, 0};
    resnet_metrics_options options;
    resnet_metrics *metrics = NULL;
    uint64_t counts[4] = {0};
    size_t n_bins = 0;
    assert_ok(resnet_metrics_options_init(&options, sizeof options));
    options.scores = RESNET_SCORES_PROBABILITIES;
    options.n_bins = 4;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, &options));
    assert_ok(resnet_metrics_add(metrics, scores, labels, NULL, 3));
    assert_int_equal(resnet_metrics_copy_reliability(counts, NULL, NULL, 4, &n_bins, metrics), 0);
    assert_true(counts[0] == 0 && counts[1] == 1 && counts[2] == 1 && counts[3] == 1);
    resnet_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn),
        cmocka_unit_test(recovers_a_known_temperature),
        cmocka_unit_test(puts_edges_into_the_lower_bin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
