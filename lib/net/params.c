/* SPDX-License-Identifier: MIT */
#include "net/params.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

#define TENSORS_PER_CONV 5
#define CHANNEL_STEP 16
#define OFFSET_STEP 16 /* floats: every tensor starts on a cache line */

static size_t add_param(rn_net *net, const char *prefix, const char *suffix,
                        enum rn_param_kind kind, int stage, int conv, size_t n_dims,
                        const uint64_t *dims)
{
    rn_param *param = &net->params[net->n_params];
    snprintf(param->name, sizeof param->name, "%s.%s", prefix, suffix);
    param->kind = kind;
    param->stage = (int8_t)stage;
    param->conv = (int16_t)conv;
    param->n_dims = n_dims;
    param->count = 1;
    for (size_t d = 0; d < n_dims; d++) {
        param->dims[d] = dims[d];
        param->count *= dims[d];
    }
    param->offset = net->arena_count;
    net->arena_count += (param->count + OFFSET_STEP - 1) / OFFSET_STEP * OFFSET_STEP;
    return net->n_params++;
}

static void add_conv(rn_net *net, size_t row)
{
    const rn_arch_conv *c = &net->arch->convs[row];
    uint64_t dims[4];
    rn_arch_get_dims(c, dims);
    const int stage = c->stage, index = (int)row;
    net->convs[row] = (rn_conv_params){
        .weight = add_param(net, c->conv, "weight", RN_PARAM_CONV_WEIGHT, stage, index, 4, dims),
        .gamma = add_param(net, c->bn, "weight", RN_PARAM_BN_GAMMA, stage, index, 1, dims),
        .beta = add_param(net, c->bn, "bias", RN_PARAM_BN_BETA, stage, index, 1, dims),
        .mean = add_param(net, c->bn, "running_mean", RN_PARAM_BN_MEAN, stage, index, 1, dims),
        .variance =
            add_param(net, c->bn, "running_var", RN_PARAM_BN_VARIANCE, stage, index, 1, dims),
    };
}

static void add_linear(rn_net *net, const char *name, size_t n_inputs, size_t n_outputs)
{
    const uint64_t dims[2] = {n_outputs, n_inputs};
    net->linears[net->n_linears++] = (rn_linear_params){
        .weight =
            add_param(net, name, "weight", RN_PARAM_LINEAR_WEIGHT, RN_STAGE_HEAD, -1, 2, dims),
        .bias = add_param(net, name, "bias", RN_PARAM_LINEAR_BIAS, RN_STAGE_HEAD, -1, 1, dims),
        .n_inputs = n_inputs,
        .n_outputs = n_outputs,
    };
}

static void add_head(rn_net *net)
{
    const rn_net_settings *s = &net->settings;
    size_t n_inputs = net->arch->n_features;
    if (s->n_classes == 0) return; /* features only */
    for (size_t i = 0; i < s->n_hidden; i++) {
        char name[32];
        snprintf(name, sizeof name, "fc.hidden%zu", i);
        add_linear(net, name, n_inputs, s->hidden_sizes[i]);
        n_inputs = s->hidden_sizes[i];
    }
    add_linear(net, "fc", n_inputs, s->n_classes);
}

/* Grouped convolutions have their rows and shapes, and no kernel yet; activations lie in blocks of
 * channels, of up to 16. */
static resnet_status check_runnable(const rn_arch *arch)
{
    for (size_t row = 0; row < arch->n_convs; row++) {
        const rn_arch_conv *conv = &arch->convs[row];
        if (conv->groups > 1)
            return rn_fail(RESNET_E_UNSUPPORTED, "%s: a convolution of %zu groups", conv->conv,
                           conv->groups);
        if (conv->out_channels % CHANNEL_STEP)
            return rn_fail(RESNET_E_UNSUPPORTED, "%s: %zu channels, which is no multiple of %d",
                           conv->conv, conv->out_channels, CHANNEL_STEP);
    }
    return RESNET_OK;
}

static resnet_status place_params(rn_net *net)
{
    const size_t n_convs = net->arch->n_convs;
    const size_t capacity = n_convs * TENSORS_PER_CONV + 2 * (RN_ARCH_MAX_HIDDEN + 1);
    net->params = rn_calloc(capacity, sizeof *net->params);
    net->convs = rn_calloc(n_convs, sizeof *net->convs);
    if (!net->params || !net->convs) return RESNET_E_NOMEM;
    for (size_t row = 0; row < n_convs; row++) add_conv(net, row);
    add_head(net);
    net->arena = rn_calloc(net->arena_count, sizeof *net->arena);
    net->packed = rn_packed_create();
    if (!net->arena || !net->packed) return RESNET_E_NOMEM;
    for (size_t row = 0; row < n_convs; row++) {
        float *variance = rn_net_get_values(net, net->convs[row].variance);
        for (size_t c = 0; c < net->arch->convs[row].out_channels; c++) variance[c] = 1;
    }
    return RESNET_OK;
}

resnet_status rn_net_create(rn_net **out, const rn_net_settings *settings)
{
    resnet_status status;
    RN_TRY(check_runnable(settings->arch));
    rn_net *net = rn_calloc(1, sizeof *net);
    if (!net) return RESNET_E_NOMEM;
    net->settings = *settings;
    net->settings.arch = net->arch = rn_arch_retain(settings->arch);
    status = place_params(net);
    if (status == RESNET_OK)
        *out = net;
    else
        rn_net_free(net);
done:
    return status;
}

void rn_net_free(rn_net *net)
{
    if (!net) return;
    rn_packed_free(net->packed);
    rn_free(net->arena);
    rn_free(net->params);
    rn_free(net->convs);
    rn_arch_free(net->arch);
    rn_free(net);
}

float *rn_net_get_values(const rn_net *net, size_t param)
{
    return net->arena + net->params[param].offset;
}

size_t rn_net_find(const rn_net *net, const char *name)
{
    size_t i = 0;
    while (i < net->n_params && strcmp(net->params[i].name, name) != 0) i++;
    return i;
}

/* "[64,3,7,7]" */
static const char *write_shape(char *text, size_t size, size_t n_dims, const uint64_t *dims)
{
    size_t used = 0;
    for (size_t d = 0; d < n_dims && used < size; d++)
        used += (size_t)snprintf(text + used, size - used, "%c%llu", d ? ',' : '[',
                                 (unsigned long long)dims[d]);
    if (used < size) snprintf(text + used, size - used, "]");
    return text;
}

static resnet_status check_shape(const rn_param *param, const rn_tensor *tensor)
{
    uint64_t expected[4] = {0};
    bool equal = tensor->n_dims == param->n_dims;
    for (size_t d = 0; d < param->n_dims; d++) {
        expected[d] = param->dims[d];
        equal = equal && tensor->dims[d] == param->dims[d];
    }
    if (equal) return RESNET_OK;
    char ours[64], theirs[64];
    return rn_fail(RESNET_E_SHAPE, "%s: expected %s, file has %s", param->name,
                   write_shape(ours, sizeof ours, param->n_dims, expected),
                   write_shape(theirs, sizeof theirs, tensor->n_dims, tensor->dims));
}

/* A convolution's bias, which some families have; NULL where there is none. */
static const rn_tensor *find_conv_bias(const rn_weights *weights, size_t row, rn_param *as_param,
                                       const rn_net *net)
{
    *as_param = net->params[net->convs[row].mean]; /* one value a channel, like its mean */
    snprintf(as_param->name, sizeof as_param->name, "%s.bias", net->arch->convs[row].conv);
    return rn_weights_find(weights, as_param->name);
}

/* Before anything is copied, so that a file that does not fit changes nothing. */
static resnet_status check_fit(const rn_net *net, const rn_weights *weights, bool backbone_only)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        if (backbone_only && param->stage == RN_STAGE_HEAD) continue;
        const rn_tensor *tensor = rn_weights_find(weights, param->name);
        if (!tensor)
            return rn_fail(RESNET_E_FORMAT, "%s: the file has no such tensor", param->name);
        RN_TRY(check_shape(param, tensor));
    }
    for (size_t row = 0; row < net->arch->n_convs; row++) {
        rn_param expected;
        const rn_tensor *bias = find_conv_bias(weights, row, &expected, net);
        if (bias) RN_TRY(check_shape(&expected, bias));
    }
done:
    return status;
}

/* conv(x) + bias, then batch norm, is conv(x) and a batch norm whose mean is smaller by the bias.
 */
static void fold_conv_bias(rn_net *net, const rn_weights *weights, size_t row)
{
    rn_param like;
    const rn_tensor *bias = find_conv_bias(weights, row, &like, net);
    float *mean = rn_net_get_values(net, net->convs[row].mean);
    for (size_t c = 0; bias && c < like.count; c++) mean[c] -= bias->data[c];
}

resnet_status rn_net_import(rn_net *net, const rn_weights *weights, bool backbone_only)
{
    resnet_status status;
    RN_TRY(check_fit(net, weights, backbone_only));
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        if (backbone_only && param->stage == RN_STAGE_HEAD) continue;
        memcpy(rn_net_get_values(net, i), rn_weights_find(weights, param->name)->data,
               param->count * sizeof(float));
    }
    for (size_t row = 0; row < net->arch->n_convs; row++) fold_conv_bias(net, weights, row);
    net->is_random = false;
    net->generation++;
done:
    return status;
}

resnet_status rn_net_export(const rn_net *net, rn_weights *weights)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < net->n_params; i++) {
        const rn_param *param = &net->params[i];
        uint64_t dims[4] = {0};
        float *data = NULL;
        for (size_t d = 0; d < param->n_dims; d++) dims[d] = param->dims[d];
        RN_TRY(rn_weights_add(weights, &data, param->name, NULL, param->n_dims, dims));
        memcpy(data, rn_net_get_values(net, i), param->count * sizeof(float));
    }
done:
    return status;
}
