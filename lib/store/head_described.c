/* y = W x + b between two affine maps: behind it, s (W x + b) + t has the weights s W and s b + t;
 * before it, W (s x + t) + b has W s and b + W t. Sums in double. SPDX-License-Identifier: MIT */
#include "store/head_described.h"

#include "core/mem.h"
#include "store/head_plan.h"
#include "store/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct builder {
    rn_weights *weights;
    rn_raw_set *set;
    size_t width;       /* of what flows */
    double *scale;      /* [width] and [width]: what a layer to come gets is x * scale + offset; */
    double *offset;     /* NULL: x itself */
    float *kernel;      /* [outputs][inputs] of the dense layer that is open, or NULL */
    float *bias;        /* [outputs] */
    size_t inputs;      /* of that layer */
    const char *source; /* what the file calls its kernel */
    size_t n_linears, n_taken;
} builder;

static rn_raw_tensor *find(const builder *b, size_t step, const char *variable)
{
    char key[RN_HEAD_KEY_SIZE + 32];
    snprintf(key, sizeof key, "head.%zu/%s", step, variable);
    for (size_t i = 0; i < b->set->n_tensors; i++)
        if (strcmp(b->set->tensors[i].key, key) == 0) return &b->set->tensors[i];
    return NULL;
}

/* --- closing a layer: it becomes a tensor pair of the weights --- */

static resnet_status emit(builder *b, const char *name, const float *values, size_t n_dims,
                          size_t outputs, size_t inputs, bool below_zeros)
{
    const uint64_t dims[] = {outputs + below_zeros, inputs};
    const size_t skipped = below_zeros ? inputs : 0;
    float *data = NULL;
    const resnet_status status = rn_weights_add(b->weights, &data, name, b->source, n_dims, dims);
    if (status != RESNET_OK) return status;
    memset(data, 0, skipped * sizeof *data);
    memcpy(data + skipped, values, outputs * inputs * sizeof *data);
    return RESNET_OK;
}

static resnet_status close_layer(builder *b)
{
    char name[32], bias_name[32];
    resnet_status status = RESNET_OK;
    const bool last = b->n_taken == b->n_linears;
    if (!b->kernel) return RESNET_OK;
    if (last && b->set->has_sigmoid && b->width != 1)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s: %zu outputs under sigmoids, for several labels an image; only one "
                       "label an image is supported",
                       b->source, b->width);
    snprintf(name, sizeof name, last ? "fc.weight" : "fc.hidden%zu.weight", b->n_taken - 1);
    snprintf(bias_name, sizeof bias_name, last ? "fc.bias" : "fc.hidden%zu.bias", b->n_taken - 1);
    const bool below_zeros = last && b->width == 1;
    RN_TRY(emit(b, name, b->kernel, 2, b->width, b->inputs, below_zeros));
    RN_TRY(emit(b, bias_name, b->bias, 1, b->width, 1, below_zeros));
    rn_free(b->kernel);
    rn_free(b->bias);
    b->kernel = b->bias = NULL;
done:
    return status;
}

/* --- dense layers --- */

static resnet_status read_floats(builder *b, const rn_raw_tensor *tensor, size_t n_dims,
                                 const uint64_t *dims, float **out)
{
    resnet_status status;
    rn_weights *scratch = NULL;
    const size_t count = (size_t)(n_dims == 2 ? dims[0] * dims[1] : dims[0]);
    RN_TRY(rn_weights_create(&scratch, b->set->arch));
    RN_TRY(rn_kernel_take(scratch, b->set, tensor, tensor->name, n_dims, dims));
    *out = rn_alloc(count, sizeof **out);
    if (*out)
        memcpy(*out, scratch->tensors[0].data, count * sizeof **out);
    else
        status = RESNET_E_NOMEM;
done:
    rn_weights_free(scratch);
    return status;
}

static resnet_status read_bias(builder *b, size_t step, uint64_t outputs)
{
    rn_raw_tensor *bias = find(b, step, "bias");
    if (bias) {
        bias->used = true;
        return read_floats(b, bias, 1, &outputs, &b->bias);
    }
    b->bias = rn_calloc(outputs, sizeof *b->bias);
    return b->bias ? RESNET_OK : RESNET_E_NOMEM;
}

static void fold_before(builder *b, size_t outputs)
{
    for (size_t o = 0; b->scale && o < outputs; o++) {
        float *row = b->kernel + o * b->inputs;
        double sum = (double)b->bias[o];
        for (size_t i = 0; i < b->inputs; i++) {
            sum += (double)row[i] * b->offset[i];
            row[i] = (float)((double)row[i] * b->scale[i]);
        }
        b->bias[o] = (float)sum;
    }
    rn_free(b->scale);
    rn_free(b->offset);
    b->scale = b->offset = NULL;
}

static resnet_status take_linear(builder *b, size_t step)
{
    resnet_status status;
    uint64_t dims[RN_TENSOR_MAX_DIMS] = {0};
    RN_TRY(close_layer(b));
    rn_raw_tensor *kernel = find(b, step, "kernel");
    if (!kernel)
        return rn_fail(RESNET_E_FORMAT, "the file has no kernel for dense layer %zu of its model",
                       b->n_taken);
    kernel->used = true;
    if (!rn_kernel_get_dims(b->set, kernel, dims) || kernel->n_dims != 2 || dims[1] != b->width ||
        dims[0] == 0) {
        char text[RN_DIMS_TEXT_SIZE];
        rn_dims_format(text, kernel->n_dims, kernel->dims);
        return rn_fail(RESNET_E_SHAPE, "%s: expected [%zu,units], file has %s", kernel->name,
                       b->width, text);
    }
    b->source = kernel->name;
    RN_TRY(read_floats(b, kernel, 2, dims, &b->kernel));
    RN_TRY(read_bias(b, step, dims[0]));
    b->inputs = b->width;
    b->n_taken++;
    fold_before(b, (size_t)dims[0]);
    b->width = (size_t)dims[0];
done:
    return status;
}

/* --- affine maps --- */

static resnet_status start_before(builder *b)
{
    if (b->scale) return RESNET_OK;
    b->scale = rn_alloc(b->width, sizeof *b->scale);
    b->offset = rn_calloc(b->width, sizeof *b->offset);
    if (!b->scale || !b->offset) return RESNET_E_NOMEM;
    for (size_t i = 0; i < b->width; i++) b->scale[i] = 1;
    return RESNET_OK;
}

/* Number `i` of what flows becomes x * scale + offset. */
static void apply(builder *b, size_t i, double scale, double offset)
{
    if (!b->kernel) {
        b->scale[i] *= scale;
        b->offset[i] = b->offset[i] * scale + offset;
        return;
    }
    float *row = b->kernel + i * b->inputs;
    for (size_t k = 0; k < b->inputs; k++) row[k] = (float)((double)row[k] * scale);
    b->bias[i] = (float)((double)b->bias[i] * scale + offset);
}

static resnet_status take_scale(builder *b, const rn_head_step *step)
{
    const resnet_status status = b->kernel ? RESNET_OK : start_before(b);
    for (size_t i = 0; status == RESNET_OK && i < b->width; i++)
        apply(b, i, step->scale, step->offset);
    return status;
}

static resnet_status read_statistic(builder *b, size_t step, const char *variable, float **out)
{
    const uint64_t width = b->width;
    rn_raw_tensor *tensor = find(b, step, variable);
    if (!tensor)
        return rn_fail(RESNET_E_FORMAT, "the file has no %s for a batch norm of its head",
                       variable);
    tensor->used = true;
    return read_floats(b, tensor, 1, &width, out);
}

static resnet_status take_norm(builder *b, const rn_head_step *step, size_t index)
{
    resnet_status status;
    float *gamma = NULL, *beta = NULL, *mean = NULL, *variance = NULL;
    if (step->has_gamma) RN_TRY(read_statistic(b, index, "gamma", &gamma));
    if (step->has_beta) RN_TRY(read_statistic(b, index, "beta", &beta));
    RN_TRY(read_statistic(b, index, "moving_mean", &mean));
    RN_TRY(read_statistic(b, index, "moving_variance", &variance));
    status = b->kernel ? RESNET_OK : start_before(b);
    for (size_t i = 0; status == RESNET_OK && i < b->width; i++) {
        const double scale =
            (gamma ? (double)gamma[i] : 1) / sqrt((double)variance[i] + step->epsilon);
        apply(b, i, scale, (beta ? (double)beta[i] : 0) - (double)mean[i] * scale);
    }
done:
    rn_free(gamma);
    rn_free(beta);
    rn_free(mean);
    rn_free(variance);
    return status;
}

static resnet_status take_step(builder *b, const rn_head_step *step, size_t index)
{
    switch (step->kind) {
    case RN_STEP_LINEAR:
        return take_linear(b, index);
    case RN_STEP_SCALE:
        return take_scale(b, step);
    case RN_STEP_NORM:
        return take_norm(b, step, index);
    default:
        return close_layer(b);
    }
}

resnet_status rn_head_take_described(rn_weights *weights, rn_raw_set *set)
{
    resnet_status status = RESNET_OK;
    const rn_head_plan *plan = set->plan;
    builder b = {.weights = weights, .set = set, .width = set->arch->n_features};
    for (size_t i = 0; i < plan->n_steps; i++) b.n_linears += plan->steps[i].kind == RN_STEP_LINEAR;
    for (size_t i = 0; i < plan->n_steps; i++) RN_TRY(take_step(&b, &plan->steps[i], i));
    status = close_layer(&b);
done:
    rn_free(b.scale);
    rn_free(b.offset);
    rn_free(b.kernel);
    rn_free(b.bias);
    return status;
}
