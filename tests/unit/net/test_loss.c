/* Softmax and cross-entropy against their definition and its differences. The golden networks
 * compare smoothing and class weights with torch. SPDX-License-Identifier: MIT */
#include "../draw.h"

#include "net/loss.h"

#define N 4
#define C 6

/* The mean over n rows, taken as one shard. */
static rn_step_result run_loss(const float *logits, size_t n, size_t n_classes,
                               const rn_target *target, float *gradient)
{
    const rn_span all = {0, n};
    const double weight = rn_target_weigh(target, all);
    rn_loss_sum sum;
    rn_cross_entropy(logits, all, n_classes, target, weight, gradient, &sum);
    return (rn_step_result){sum.loss / weight, sum.n_correct};
}

/* The definition, in double: torch.nn.CrossEntropyLoss's documentation. */
static double naive_loss(const double *logits, const rn_target *t)
{
    double loss = 0, denominator = 0;
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t c = 0; c < C; c++) sum += exp(logits[i * C + c]);
        for (size_t c = 0; c < C; c++) {
            const double hard = t->soft ? (double)t->soft[i * C + c] : c == (size_t)t->labels[i];
            const double smooth = (double)t->label_smoothing;
            const double weight = t->class_weights ? (double)t->class_weights[c] : 1;
            loss -= weight * (hard * (1 - smooth) + smooth / C) * (logits[i * C + c] - log(sum));
            if (!t->soft) denominator += hard * weight;
        }
        if (t->soft) denominator += 1;
    }
    return loss / denominator;
}

static void every_kind_of_target_matches(void **state)
{
    (void)state;
    static const int32_t labels[N] = {0, 5, 2, 2};
    float *logits = draw_floats(N * C, 1, -3, 3), *soft = draw_floats(N * C, 2, 0, 0.4);
    float *weights = draw_floats(C, 3, 0.2, 3), gradient[N * C];
    double *wide = to_doubles(logits, N * C), want[N * C];
    for (int kind = 0; kind < 8; kind++) {
        const rn_target target = {.labels = kind & 1 ? NULL : labels,
                                  .soft = kind & 1 ? soft : NULL,
                                  .class_weights = kind & 2 ? weights : NULL,
                                  .label_smoothing = kind & 4 ? 0.2f : 0};
        const rn_step_result result = run_loss(logits, N, C, &target, gradient);
        assert_true(fabs(result.loss - naive_loss(wide, &target)) < 1e-12);
        for (size_t i = 0; i < N * C; i++) {
            const double kept = wide[i], step = 1e-5;
            wide[i] = kept + step;
            const double above = naive_loss(wide, &target);
            wide[i] = kept - step;
            want[i] = (above - naive_loss(wide, &target)) / (2 * step);
            wide[i] = kept;
        }
        assert_close("gradient", gradient, want, N * C, 1e-6);
    }
    rn_free(logits);
    rn_free(soft);
    rn_free(weights);
    rn_free(wide);
}

static void counts_right_answers(void **state)
{
    (void)state;
    const float logits[3 * 3] = {1, 3, 2, 5, 0, 5, 0, 0, 7},
                           soft[3 * 3] = {0, 1, 0, 0.2f, 0.7f, 0.1f, 0.3f, 0.3f, 0.4f};
    const int32_t labels[3] = {1, 2, 0};
    float gradient[9];
    rn_step_result result;
    result = run_loss(logits, 3, 3, &(rn_target){.labels = labels}, gradient);
    assert_int_equal(result.n_correct, 1); /* of equal largest logits the first counts */
    result = run_loss(logits, 3, 3, &(rn_target){.soft = soft}, gradient);
    assert_int_equal(result.n_correct, 2);
}

static void large_logits_do_not_overflow(void **state)
{
    (void)state;
    const float logits[4] = {1e4f, -1e4f, 1e6f, 1e6f};
    float p[2];
    assert_true(fabs(rn_log_sum_exp(logits, 2) - 1e4) < 1e-9);
    rn_softmax(logits, 2, p);
    assert_true(p[0] == 1 && p[1] == 0);
    rn_softmax(logits + 2, 2, p);
    assert_true(fabsf(p[0] - 0.5f) < 1e-6f && fabsf(p[1] - 0.5f) < 1e-6f);
    const int32_t label = 1;
    float gradient[2];
    rn_step_result result;
    result = run_loss(logits, 1, 2, &(rn_target){.labels = &label}, gradient);
    assert_true(fabs(result.loss - 2e4) < 1e-6);
    assert_true(gradient[0] == 1 && gradient[1] == -1);
}

static void nan_is_seen(void **state)
{
    (void)state;
    const int32_t label = 0;
    float gradient[2];
    rn_step_result result;
    for (size_t at = 0; at < 2; at++) {
        float logits[2] = {1, 1};
        logits[at] = NAN;
        result = run_loss(logits, 1, 2, &(rn_target){.labels = &label}, gradient);
        assert_true(isnan(result.loss));
    }
}

static void works_in_place(void **state)
{
    (void)state;
    const int32_t labels[N] = {0, 1, 2, 3};
    float *logits = draw_floats(N * C, 1, -3, 3), apart[N * C];
    rn_step_result a, b;
    a = run_loss(logits, N, C, &(rn_target){.labels = labels}, apart);
    b = run_loss(logits, N, C, &(rn_target){.labels = labels}, logits);
    assert_memory_equal(logits, apart, sizeof apart);
    assert_true(a.loss == b.loss && a.n_correct == b.n_correct);
    rn_free(logits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_target_matches),
        cmocka_unit_test(counts_right_answers),
        cmocka_unit_test(large_logits_do_not_overflow),
        cmocka_unit_test(nan_is_seen),
        cmocka_unit_test(works_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
