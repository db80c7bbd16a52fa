/* Each function against its definition in double, and its slope against differences of that.
 * SPDX-License-Identifier: MIT */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "dnn/nonlinear.h"

#include <math.h>
#include <resnet/model.h>

static double define(const rn_arch_activation *f, double x)
{
    const double pi = acos(-1.0), below = (double)f->slope;
    switch (f->kind) {
    case RESNET_ACTIVATION_LEAKY_RELU:
        return x < 0 ? below * x : x;
    case RESNET_ACTIVATION_ELU:
        return x < 0 ? below * (exp(x) - 1) : x;
    case RESNET_ACTIVATION_SELU:
        return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * (exp(x) - 1) : x);
    case RESNET_ACTIVATION_GELU:
        return x * (1 + erf(x / sqrt(2))) / 2;
    case RESNET_ACTIVATION_GELU_TANH:
        return x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x))) / 2;
    case RESNET_ACTIVATION_SILU:
        return x / (1 + exp(-x));
    case RESNET_ACTIVATION_TANH:
        return tanh(x);
    case RESNET_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    case RESNET_ACTIVATION_LINEAR:
        return x;
    default:
        return x > 0 ? x : 0;
    }
}

static void check_at(const rn_arch_activation *f, float x)
{
    const double h = 1e-5, wanted = define(f, (double)x);
    const double slope = (define(f, (double)x + h) - define(f, (double)x - h)) / (2 * h);
    float y = 0, d = 3;
    rn_nonlinear_forward(f, &x, &y, 1);
    rn_nonlinear_backward(f, &x, &d, 1);
    if (fabs((double)y - wanted) > 1e-6 * (1 + fabs(wanted)))
        fail_msg("kind %d at %g: %g, not %g", f->kind, (double)x, (double)y, wanted);
    if (fabs((double)d - 3 * slope) > 1e-5)
        fail_msg("kind %d at %g: slope %g, not %g", f->kind, (double)x, (double)d / 3, slope);
}

static void functions_and_slopes_are_as_defined(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind <= RESNET_ACTIVATION_LINEAR; kind++) {
        const rn_arch_activation f = {kind, 0.3f};
        for (int i = -40; i < 40; i++) check_at(&f, (float)i / 4 + 0.125f);
    }
}

static void far_values_stay_finite_and_nan_is_seen(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind <= RESNET_ACTIVATION_LINEAR; kind++) {
        const rn_arch_activation f = {kind, 0.3f};
        const float x[] = {-1e4f, 1e4f, NAN};
        float y[3], d[] = {1, 1, 1};
        rn_nonlinear_forward(&f, x, y, 3);
        rn_nonlinear_backward(&f, x, d, 3);
        assert_true(isfinite(y[0]) && isfinite(y[1]) && isnan(y[2]));
        assert_true(isfinite(d[0]) && isfinite(d[1]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_and_slopes_are_as_defined),
        cmocka_unit_test(far_values_stay_finite_and_nan_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
