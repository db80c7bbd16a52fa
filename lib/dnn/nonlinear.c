/* ELU: Clevert et al. 2016. SELU: Klambauer et al. 2017. GELU, its tanh form and SiLU: Hendrycks
 * and Gimpel 2016. A NaN stays one. SPDX-License-Identifier: MIT */
#include "dnn/nonlinear.h"

#include <math.h>
#include <resnet/model.h>

#define SELU_ALPHA 1.6732632423543772f
#define SELU_SCALE 1.0507009873554805f
#define SQRT_HALF 0.70710678118654752f
#define SQRT_2_OVER_PI 0.79788456080286536f
#define INVERSE_SQRT_2_PI 0.39894228040143268f
#define GELU_CUBIC 0.044715f

static float sigmoid(float x)
{
    const float e = expf(-fabsf(x));
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/* The standard normal distribution's function. */
static float normal_below(float x)
{
    return 0.5f * (1 + erff(x * SQRT_HALF));
}

/* What the tanh form has for normal_below(). */
static float tanh_below(float x)
{
    return 0.5f * (1 + tanhf(SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x)));
}

static float sigmoid_slope(float x)
{
    return sigmoid(x) * sigmoid(-x);
}

static float tanh_slope(float x)
{
    const float t = tanhf(x);
    return 1 - t * t;
}

static float tanh_below_slope(float x)
{
    const float inner = SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x);
    return 0.5f * tanh_slope(inner) * SQRT_2_OVER_PI * (1 + 3 * GELU_CUBIC * x * x);
}

static float elu(float x, float alpha)
{
    return x < 0 ? alpha * expm1f(x) : x;
}

static float apply(const rn_arch_activation *f, float x)
{
    switch (f->kind) {
    case RESNET_ACTIVATION_LEAKY_RELU:
        return x < 0 ? f->slope * x : x;
    case RESNET_ACTIVATION_ELU:
        return elu(x, f->slope);
    case RESNET_ACTIVATION_SELU:
        return SELU_SCALE * elu(x, SELU_ALPHA);
    case RESNET_ACTIVATION_GELU:
        return x * normal_below(x);
    case RESNET_ACTIVATION_GELU_TANH:
        return x * tanh_below(x);
    case RESNET_ACTIVATION_SILU:
        return x * sigmoid(x);
    case RESNET_ACTIVATION_TANH:
        return tanhf(x);
    case RESNET_ACTIVATION_SIGMOID:
        return sigmoid(x);
    case RESNET_ACTIVATION_LINEAR:
        return x;
    default:
        return x < 0 ? 0 : x;
    }
}

static float find_slope(const rn_arch_activation *f, float x)
{
    switch (f->kind) {
    case RESNET_ACTIVATION_LEAKY_RELU:
        return x < 0 ? f->slope : 1;
    case RESNET_ACTIVATION_ELU:
        return x < 0 ? f->slope * expf(x) : 1;
    case RESNET_ACTIVATION_SELU:
        return SELU_SCALE * (x < 0 ? SELU_ALPHA * expf(x) : 1);
    case RESNET_ACTIVATION_GELU:
        return normal_below(x) + x * INVERSE_SQRT_2_PI * expf(-0.5f * x * x);
    case RESNET_ACTIVATION_GELU_TANH:
        return tanh_below(x) + x * tanh_below_slope(x);
    case RESNET_ACTIVATION_SILU:
        return sigmoid(x) + x * sigmoid_slope(x);
    case RESNET_ACTIVATION_TANH:
        return tanh_slope(x);
    case RESNET_ACTIVATION_SIGMOID:
        return sigmoid_slope(x);
    case RESNET_ACTIVATION_LINEAR:
        return 1;
    default:
        return x > 0 ? 1 : 0;
    }
}

void rn_nonlinear_forward(const rn_arch_activation *f, const float *x, float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = apply(f, x[i]);
}

void rn_nonlinear_backward(const rn_arch_activation *f, const float *x, float *d, size_t count)
{
    for (size_t i = 0; i < count; i++) d[i] *= find_slope(f, x[i]);
}
