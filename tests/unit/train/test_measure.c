/* What an evaluation in training adds up equals what resnet_metrics says of the same samples.
 * SPDX-License-Identifier: MIT */
#include "toy.h"

#include "train/measure.h"

#define N_CLASSES 7 /* of which the last occurs neither as a label nor as a prediction */
#define N 60

static void make_samples(float *logits, int32_t *labels)
{
    rn_rng rng = rn_rng_make(7, RN_RNG_INIT, 0, 0);
    for (size_t i = 0; i < N; i++) {
        labels[i] = (int32_t)rn_rng_below(&rng, N_CLASSES - 2);
        for (size_t c = 0; c < N_CLASSES; c++)
            logits[i * N_CLASSES + c] = c == N_CLASSES - 1 ? -50 : (float)rn_rng_normal(&rng);
    }
}

static void test_equals_the_metrics(void **state)
{
    (void)state;
    float logits[N * N_CLASSES];
    int32_t labels[N];
    double want[3];
    rn_measure measure;
    resnet_metrics *metrics = NULL;
    make_samples(logits, labels);
    assert_ok(resnet_metrics_create(&metrics, N_CLASSES, NULL, NULL));
    assert_ok(resnet_metrics_add(metrics, logits, labels, NULL, N));
    assert_ok(resnet_metrics_get(&want[0], metrics, "loss"));
    assert_ok(resnet_metrics_get(&want[1], metrics, "accuracy"));
    assert_ok(resnet_metrics_get(&want[2], metrics, "macro_f1"));
    assert_ok(rn_measure_open(&measure, N_CLASSES));
    for (size_t round = 0; round < 2; round++) {
        rn_measure_clear(&measure);
        rn_measure_add(&measure, logits, labels, 17);
        rn_measure_add(&measure, logits + 17 * N_CLASSES, labels + 17, N - 17);
        const rn_figures got = rn_measure_get(&measure);
        assert_near(got.loss, want[0], 1e-12, "loss");
        assert_near(got.accuracy, want[1], 1e-12, "accuracy");
        assert_near(got.macro_f1, want[2], 1e-12, "macro_f1");
    }
    rn_measure_close(&measure);
    resnet_metrics_free(metrics);
}

static void test_nothing_has_no_figures(void **state)
{
    (void)state;
    rn_measure measure;
    assert_ok(rn_measure_open(&measure, 3));
    const rn_figures got = rn_measure_get(&measure);
    assert_true(isnan(got.loss) && isnan(got.accuracy) && isnan(got.macro_f1));
    rn_measure_close(&measure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_metrics),
        cmocka_unit_test(test_nothing_has_no_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
