/* SPDX-License-Identifier: MIT */
#include "store/raw.h"

#include "core/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

resnet_status rn_raw_create(rn_raw_set **out, enum rn_raw_layout layout, rn_budget *budget)
{
    const rn_arch_settings settings = {.depth = RN_ARCH_DEFAULT_DEPTH};
    rn_raw_set *set = rn_calloc(1, sizeof *set);
    if (!set) return RESNET_E_NOMEM;
    const resnet_status status = rn_arch_create(&set->arch, &settings);
    if (status != RESNET_OK) {
        rn_free(set);
        return status;
    }
    set->layout = layout;
    set->budget = budget;
    *out = set;
    return RESNET_OK;
}

void rn_raw_free(rn_raw_set *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->n_tensors; i++) {
        rn_free(set->tensors[i].name);
        rn_free(set->tensors[i].key);
    }
    rn_free(set->tensors);
    rn_free(set->by_key);
    rn_weights_info_clear(&set->info);
    rn_free(set->backend);
    rn_free(set->model_config);
    rn_free(set->plan);
    if (set->close) set->close(set->source);
    rn_arch_free(set->arch);
    rn_free(set);
}

static resnet_status check_caps(const rn_raw_set *set, const char *name, size_t n_dims,
                                const uint64_t *dims)
{
    if (set->n_tensors >= RN_RAW_MAX_TENSORS)
        return rn_fail(RESNET_E_UNSUPPORTED, "more than %d tensors", RN_RAW_MAX_TENSORS);
    if (strlen(name) > RN_RAW_MAX_NAME)
        return rn_fail(RESNET_E_UNSUPPORTED, "a tensor's name has more than %d bytes",
                       RN_RAW_MAX_NAME);
    if (n_dims > RN_RAW_MAX_DIMS)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: %zu dimensions, above the cap of %d", name,
                       n_dims, RN_RAW_MAX_DIMS);
    uint64_t count = 1;
    for (size_t i = 0; i < n_dims; i++)
        if (__builtin_mul_overflow(count, dims[i], &count) || count > RN_RAW_MAX_ELEMENTS)
            return rn_fail(RESNET_E_UNSUPPORTED, "%s: more than %" PRIu64 " elements", name,
                           RN_RAW_MAX_ELEMENTS);
    return RESNET_OK;
}

static resnet_status make_room(rn_raw_set *set)
{
    if (set->n_tensors < set->n_tensors_capacity) return RESNET_OK;
    const size_t capacity = set->n_tensors_capacity ? 2 * set->n_tensors_capacity : 64;
    rn_raw_tensor *grown = rn_realloc(set->tensors, capacity, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    set->tensors = grown;
    set->n_tensors_capacity = capacity;
    return RESNET_OK;
}

static void set_dense_strides(rn_raw_tensor *tensor)
{
    uint64_t stride = 1;
    for (size_t i = tensor->n_dims; i-- > 0;) {
        tensor->strides[i] = stride;
        stride *= tensor->dims[i];
    }
}

/* Of a row in the table, which doubles, and of the two names. */
static uint64_t cost(const char *name, const char *key)
{
    return 4 * sizeof(rn_raw_tensor) + strlen(name) + strlen(key ? key : name) + 4 * RN_ALIGNMENT;
}

resnet_status rn_raw_add(rn_raw_set *set, rn_raw_tensor **out, const char *name, const char *key,
                         enum rn_dtype dtype, size_t n_dims, const uint64_t *dims)
{
    resnet_status status;
    rn_raw_tensor tensor = {.dtype = dtype, .n_dims = n_dims};
    RN_TRY(check_caps(set, name, n_dims, dims));
    RN_TRY(rn_budget_spend(set->budget, cost(name, key), "tensors' names"));
    RN_TRY(make_room(set));
    tensor.name = rn_strdup(name);
    tensor.key = rn_strdup(key ? key : name);
    if (!tensor.name || !tensor.key) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    for (size_t i = 0; i < n_dims; i++) tensor.dims[i] = dims[i];
    set_dense_strides(&tensor);
    rn_free(set->by_key);
    set->by_key = NULL;
    set->tensors[set->n_tensors] = tensor;
    *out = &set->tensors[set->n_tensors++];
    return RESNET_OK;
done:
    rn_free(tensor.name);
    rn_free(tensor.key);
    return status;
}

static int compare_keys(const void *a, const void *b)
{
    const rn_raw_tensor *x = *(rn_raw_tensor *const *)a, *y = *(rn_raw_tensor *const *)b;
    const int order = strcmp(x->key, y->key);
    return order ? order : (x > y) - (x < y);
}

resnet_status rn_raw_sort(rn_raw_set *set)
{
    rn_raw_tensor **sorted = rn_alloc(set->n_tensors, sizeof *sorted);
    if (!sorted) return RESNET_E_NOMEM;
    for (size_t i = 0; i < set->n_tensors; i++) sorted[i] = &set->tensors[i];
    qsort(sorted, set->n_tensors, sizeof *sorted, compare_keys);
    rn_free(set->by_key);
    set->by_key = sorted;
    return RESNET_OK;
}

/* strcmp(key, prefix + rest) */
static int compare_joined(const char *key, const char *prefix, size_t prefix_length,
                          const char *rest)
{
    const int order = strncmp(key, prefix, prefix_length);
    return order ? order : strcmp(key + prefix_length, rest);
}

rn_raw_tensor *rn_raw_find(const rn_raw_set *set, const char *prefix, const char *key)
{
    const size_t prefix_length = strlen(prefix);
    size_t low = 0, high = set->n_tensors;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_joined(set->by_key[middle]->key, prefix, prefix_length, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == set->n_tensors ||
        compare_joined(set->by_key[low]->key, prefix, prefix_length, key) != 0)
        return NULL;
    return set->by_key[low];
}

uint64_t rn_raw_count(const rn_raw_tensor *tensor)
{
    uint64_t count = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) count *= tensor->dims[i];
    return count;
}

resnet_status rn_raw_check_bounds(const rn_raw_tensor *tensor, uint64_t storage_elements)
{
    const uint64_t count = rn_raw_count(tensor);
    if (count == 0) return RESNET_OK;
    uint64_t last = tensor->offset;
    bool overflow = count > storage_elements;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        uint64_t span;
        overflow |= __builtin_mul_overflow(tensor->dims[i] - 1, tensor->strides[i], &span);
        overflow |= __builtin_add_overflow(last, span, &last);
    }
    if (overflow || last >= storage_elements)
        return rn_fail(RESNET_E_FORMAT, "%s: reaches beyond its storage of %" PRIu64 " elements",
                       tensor->name, storage_elements);
    return RESNET_OK;
}

static bool is_dense(const rn_raw_tensor *tensor)
{
    uint64_t stride = 1;
    for (size_t i = tensor->n_dims; i-- > 0;) {
        if (tensor->dims[i] != 1 && tensor->strides[i] != stride) return false;
        stride *= tensor->dims[i];
    }
    return true;
}

/* Row-major order of the tensor's own dimensions, whatever its strides. */
static void convert_strided(const rn_raw_tensor *tensor, const unsigned char *first, float *out)
{
    const size_t size = rn_dtype_size(tensor->dtype);
    const uint64_t count = rn_raw_count(tensor);
    uint64_t index[RN_RAW_MAX_DIMS] = {0};
    uint64_t at = 0;
    for (uint64_t i = 0; i < count; i++) {
        out[i] = rn_dtype_load(first + at * size, tensor->dtype);
        for (size_t d = tensor->n_dims; d-- > 0;) {
            at += tensor->strides[d];
            if (++index[d] < tensor->dims[d]) break;
            at -= tensor->strides[d] * tensor->dims[d];
            index[d] = 0;
        }
    }
}

void rn_raw_convert(const rn_raw_tensor *tensor, const unsigned char *storage, float *out)
{
    const uint64_t count = rn_raw_count(tensor);
    const size_t size = rn_dtype_size(tensor->dtype);
    if (count == 0) return;
    const unsigned char *first = storage + tensor->offset * size;
    if (!is_dense(tensor))
        convert_strided(tensor, first, out);
    else if (tensor->dtype == RN_DTYPE_F32)
        memcpy(out, first, count * size);
    else
        for (uint64_t i = 0; i < count; i++)
            out[i] = rn_dtype_load(first + i * size, tensor->dtype);
}

resnet_status rn_raw_read(const rn_raw_set *set, const rn_raw_tensor *tensor, float *out)
{
    if (!rn_dtype_is_float(tensor->dtype))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: not a floating-point tensor", tensor->name);
    if (set->read) return set->read(set->source, tensor, out);
    rn_raw_convert(tensor, tensor->storage, out);
    return RESNET_OK;
}

void rn_dims_format(char text[RN_DIMS_TEXT_SIZE], size_t n_dims, const uint64_t *dims)
{
    size_t length = (size_t)snprintf(text, RN_DIMS_TEXT_SIZE, "[");
    for (size_t i = 0; i < n_dims && i < RN_RAW_MAX_DIMS; i++)
        length += (size_t)snprintf(text + length, RN_DIMS_TEXT_SIZE - length, "%s%" PRIu64,
                                   i ? "," : "", dims[i]);
    snprintf(text + length, RN_DIMS_TEXT_SIZE - length, "]");
}
