/* Files that sort their tensors by name may list the layers in any order, so each is recognised by
 * its inputs: the outputs of the one before. SPDX-License-Identifier: MIT */
#include "store/head.h"

#include "arch/arch.h"
#include "store/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct chain {
    rn_weights *weights;
    rn_raw_set *set;
    const char *kernel_suffix;
    const char *bias_suffix;
    rn_raw_tensor *layers[RN_ARCH_MAX_HIDDEN + 1];
    size_t n_layers;
} chain;

static bool is_dense(const chain *head, const rn_raw_tensor *tensor)
{
    const size_t length = strlen(tensor->key), suffix = strlen(head->kernel_suffix);
    return !tensor->used && tensor->n_dims == 2 && length > suffix &&
           strcmp(tensor->key + length - suffix, head->kernel_suffix) == 0;
}

static rn_raw_tensor *find_next(const chain *head, uint64_t inputs)
{
    for (size_t i = 0; i < head->set->n_tensors; i++) {
        rn_raw_tensor *tensor = &head->set->tensors[i];
        uint64_t dims[RN_TENSOR_MAX_DIMS];
        if (is_dense(head, tensor) && rn_kernel_get_dims(head->set, tensor, dims) &&
            dims[1] == inputs)
            return tensor;
    }
    return NULL;
}

static resnet_status find_chain(chain *head)
{
    uint64_t width = head->set->arch->n_features;
    rn_raw_tensor *next;
    while ((next = find_next(head, width))) {
        uint64_t dims[RN_TENSOR_MAX_DIMS];
        if (head->n_layers > RN_ARCH_MAX_HIDDEN)
            return rn_fail(RESNET_E_UNSUPPORTED, "%s: a head of more than %d hidden layers",
                           next->name, RN_ARCH_MAX_HIDDEN);
        next->used = true;
        head->layers[head->n_layers++] = next;
        rn_kernel_get_dims(head->set, next, dims);
        width = dims[0];
    }
    return RESNET_OK;
}

/* A dense layer that no chain reached. */
static resnet_status check_rest(const chain *head)
{
    for (size_t i = 0; i < head->set->n_tensors; i++) {
        const rn_raw_tensor *tensor = &head->set->tensors[i];
        uint64_t dims[RN_TENSOR_MAX_DIMS];
        char text[RN_DIMS_TEXT_SIZE];
        if (!is_dense(head, tensor)) continue;
        rn_kernel_get_dims(head->set, tensor, dims);
        rn_dims_format(text, 2, dims);
        if (head->n_layers == 0)
            return rn_fail(RESNET_E_SHAPE, "fc.weight: expected [classes,%zu], file has %s (as %s)",
                           head->set->arch->n_features, text, tensor->name);
        return rn_fail(RESNET_E_UNSUPPORTED, "%s %s: a second head beside %s", tensor->name, text,
                       head->layers[0]->name);
    }
    return RESNET_OK;
}

static rn_raw_tensor *find_bias(const chain *head, const rn_raw_tensor *kernel)
{
    const size_t stem = strlen(kernel->key) - strlen(head->kernel_suffix);
    for (size_t i = 0; i < head->set->n_tensors; i++) {
        rn_raw_tensor *tensor = &head->set->tensors[i];
        if (!tensor->used && strncmp(tensor->key, kernel->key, stem) == 0 &&
            strcmp(tensor->key + stem, head->bias_suffix) == 0)
            return tensor;
    }
    return NULL;
}

static resnet_status take_bias(chain *head, const rn_raw_tensor *kernel, const char *name,
                               uint64_t outputs)
{
    rn_raw_tensor *bias = find_bias(head, kernel);
    if (bias) {
        bias->used = true;
        return rn_kernel_take(head->weights, head->set, bias, name, 1, &outputs);
    }
    float *data = NULL;
    const resnet_status status = rn_weights_add(head->weights, &data, name, NULL, 1, &outputs);
    if (status == RESNET_OK) memset(data, 0, outputs * sizeof *data);
    return status;
}

/* One output z is a sigmoid over two classes, whether the file says so or leaves it to a loss:
 * below a row of zeros, so that softmax(0, z) is (1 - sigmoid(z), sigmoid(z)). */
static resnet_status take_below_zeros(chain *head, const rn_raw_tensor *tensor, const char *name,
                                      size_t n_dims, uint64_t width)
{
    const uint64_t dims[] = {2, width};
    float *data = NULL;
    const resnet_status status =
        rn_weights_add(head->weights, &data, name, tensor ? tensor->name : NULL, n_dims, dims);
    if (status != RESNET_OK) return status;
    memset(data, 0, 2 * width * sizeof *data);
    return tensor ? rn_raw_read(head->set, tensor, data + width) : RESNET_OK;
}

static resnet_status take_sigmoid(chain *head, rn_raw_tensor *kernel, const uint64_t *dims)
{
    rn_raw_tensor *bias = find_bias(head, kernel);
    resnet_status status;
    if (dims[0] != 1)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s: %" PRIu64 " outputs under sigmoids, for several labels an image; only "
                       "one label an image is supported",
                       kernel->name, dims[0]);
    if (bias) bias->used = true;
    if (bias && rn_raw_count(bias) != 1)
        return rn_fail(RESNET_E_SHAPE, "%s: not a bias of one output", bias->name);
    RN_TRY(take_below_zeros(head, kernel, "fc.weight", 2, dims[1]));
    status = take_below_zeros(head, bias, "fc.bias", 1, 1);
done:
    return status;
}

static resnet_status take_layer(chain *head, size_t index)
{
    char name[RN_NAME_SIZE], bias_name[RN_NAME_SIZE];
    uint64_t dims[RN_TENSOR_MAX_DIMS];
    rn_raw_tensor *kernel = head->layers[index];
    const bool last = index + 1 == head->n_layers;
    snprintf(name, sizeof name, last ? "fc.weight" : "fc.hidden%zu.weight", index);
    snprintf(bias_name, sizeof bias_name, last ? "fc.bias" : "fc.hidden%zu.bias", index);
    rn_kernel_get_dims(head->set, kernel, dims);
    if (last && (head->set->has_sigmoid || dims[0] == 1)) return take_sigmoid(head, kernel, dims);
    if (dims[0] == 0) return rn_fail(RESNET_E_SHAPE, "%s: a layer without outputs", kernel->name);
    const resnet_status status = rn_kernel_take(head->weights, head->set, kernel, name, 2, dims);
    return status == RESNET_OK ? take_bias(head, kernel, bias_name, dims[0]) : status;
}

resnet_status rn_head_take(rn_weights *weights, rn_raw_set *set, enum rn_convention convention)
{
    resnet_status status;
    chain head = {
        .weights = weights,
        .set = set,
        .kernel_suffix = rn_names_suffix(convention, RN_VAR_KERNEL),
        .bias_suffix = rn_names_suffix(convention, RN_VAR_BIAS),
    };
    RN_TRY(find_chain(&head));
    RN_TRY(check_rest(&head));
    for (size_t i = 0; i < head.n_layers; i++) RN_TRY(take_layer(&head, i));
done:
    return status;
}
