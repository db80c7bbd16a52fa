/* SPDX-License-Identifier: MIT */
#include "store/weights.h"

#include "core/file.h"
#include "core/file_view.h"
#include "core/mem.h"
#include "store/beside.h"
#include "store/containers.h"
#include "store/resolve.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REMARK_SIZE 1024

resnet_status rn_weights_create(rn_weights **out, const rn_arch *arch)
{
    rn_weights *weights = rn_calloc(1, sizeof *weights);
    if (!weights) return RESNET_E_NOMEM;
    weights->arch = rn_arch_retain(arch);
    *out = weights;
    return RESNET_OK;
}

void rn_weights_info_clear(rn_weights_info *info)
{
    for (size_t i = 0; i < info->n_class_names; i++) rn_free(info->class_names[i]);
    rn_free(info->class_names);
    for (size_t i = 0; i < info->n_remarks; i++) rn_free(info->remarks[i]);
    rn_free(info->remarks);
    rn_free(info->format);
    rn_free(info->licence);
    rn_free(info->provenance);
    rn_pairs_clear(&info->metadata);
    rn_free(info->head_refusal);
    memset(info, 0, sizeof *info);
}

resnet_status rn_weights_remark(rn_weights_info *info, const char *format, ...)
{
    char text[REMARK_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char **grown = rn_realloc(info->remarks, info->n_remarks + 1, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    info->remarks = grown;
    grown[info->n_remarks] = rn_strdup(text);
    if (!grown[info->n_remarks]) return RESNET_E_NOMEM;
    info->n_remarks++;
    return RESNET_OK;
}

static void free_tensor(rn_tensor *tensor)
{
    rn_free(tensor->name);
    rn_free(tensor->source_name);
    rn_free((void *)tensor->data);
}

void rn_weights_free(rn_weights *weights)
{
    if (!weights) return;
    for (size_t i = 0; i < weights->n_tensors; i++) free_tensor(&weights->tensors[i]);
    rn_free(weights->tensors);
    rn_weights_info_clear(&weights->info);
    rn_arch_free(weights->arch);
    rn_free(weights);
}

static resnet_status make_room(rn_weights *weights)
{
    if (weights->n_tensors < weights->n_tensors_capacity) return RESNET_OK;
    const size_t capacity = weights->n_tensors_capacity ? 2 * weights->n_tensors_capacity : 64;
    rn_tensor *grown = rn_realloc(weights->tensors, capacity, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    weights->tensors = grown;
    weights->n_tensors_capacity = capacity;
    return RESNET_OK;
}

static resnet_status count_elements(size_t *out, const char *name, size_t n_dims,
                                    const uint64_t *dims)
{
    size_t count = 1;
    if (n_dims > RN_TENSOR_MAX_DIMS)
        return rn_fail(RESNET_E_SHAPE, "%s: %zu dimensions, at most %d", name, n_dims,
                       RN_TENSOR_MAX_DIMS);
    for (size_t i = 0; i < n_dims; i++)
        if (__builtin_mul_overflow(count, dims[i], &count))
            return rn_fail(RESNET_E_SHAPE, "%s: too many elements", name);
    *out = count;
    return RESNET_OK;
}

resnet_status rn_weights_add(rn_weights *weights, float **out_data, const char *name,
                             const char *source_name, size_t n_dims, const uint64_t *dims)
{
    resnet_status status;
    rn_tensor tensor = {.n_dims = n_dims};
    size_t count = 0;
    RN_TRY(count_elements(&count, name, n_dims, dims));
    RN_TRY(make_room(weights));
    float *data = rn_alloc(count, sizeof *data);
    tensor.data = data;
    tensor.name = rn_strdup(name);
    tensor.source_name = source_name ? rn_strdup(source_name) : NULL;
    if (!tensor.data || !tensor.name || (source_name && !tensor.source_name)) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    for (size_t i = 0; i < n_dims; i++) tensor.dims[i] = dims[i];
    weights->tensors[weights->n_tensors++] = tensor;
    *out_data = data;
    return RESNET_OK;
done:
    free_tensor(&tensor);
    return status;
}

const rn_tensor *rn_weights_find(const rn_weights *weights, const char *name)
{
    for (size_t i = 0; i < weights->n_tensors; i++)
        if (strcmp(weights->tensors[i].name, name) == 0) return &weights->tensors[i];
    return NULL;
}

static resnet_status read_bytes(rn_weights **out, const void *bytes, size_t size,
                                const rn_read_limits *limits)
{
    rn_raw_set *set = NULL;
    rn_budget budget = rn_budget_make(limits->budget ? limits->budget : RN_DEFAULT_BUDGET(size));
    const uint32_t accepted = limits->accepted ? limits->accepted : RN_ACCEPT_ALL;
    resnet_status status = rn_container_parse(&set, bytes, size, accepted, &budget);
    if (status != RESNET_OK) return status;
    status = rn_raw_resolve(out, set, limits->averaged);
    rn_raw_free(set);
    return status;
}

resnet_status rn_weights_read_memory(rn_weights **out, const void *bytes, size_t bytes_size,
                                     const rn_read_limits *limits, const char *label)
{
    resnet_status status;
    if (limits->max_bytes && bytes_size > limits->max_bytes)
        status = rn_fail(RESNET_E_UNSUPPORTED, "%zu bytes, above the cap of %" PRIu64, bytes_size,
                         limits->max_bytes);
    else
        status = read_bytes(out, bytes, bytes_size, limits);
    return status == RESNET_OK ? status : rn_fail_in(status, label);
}

resnet_status rn_weights_read_file(rn_weights **out, const char *path, const rn_read_limits *limits)
{
    rn_file_view view;
    resnet_status status = rn_file_view_open(
        &view, path, limits->max_bytes ? limits->max_bytes : UINT64_MAX, limits->map_file);
    if (status != RESNET_OK) return status;
    status = rn_weights_read_memory(out, view.data, view.size, limits, path);
    rn_file_view_close(&view);
    if (status != RESNET_OK) return status;
    status = rn_beside_read(&(*out)->info, path);
    if (status == RESNET_OK) return status;
    rn_weights_free(*out);
    *out = NULL;
    return status;
}

resnet_status rn_weights_encode(unsigned char **out_bytes, size_t *out_size,
                                const rn_weights *weights, enum rn_weights_format format)
{
    static resnet_status (*const WRITERS[RN_N_WEIGHTS_FORMATS])(unsigned char **, size_t *,
                                                                const rn_weights *) = {
        [RN_WEIGHTS_HDF5] = rn_keras_h5_encode,
        [RN_WEIGHTS_SAFETENSORS] = rn_safetensors_encode,
    };
    return WRITERS[format](out_bytes, out_size, weights);
}

resnet_status rn_weights_write(const rn_weights *weights, const char *path,
                               enum rn_weights_format format)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    resnet_status status = rn_weights_encode(&bytes, &size, weights, format);
    if (status != RESNET_OK) return rn_fail_in(status, path);
    status = rn_file_write(path, bytes, size);
    rn_free(bytes);
    return status;
}
