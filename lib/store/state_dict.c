/* SPDX-License-Identifier: MIT */
#include "store/state_dict.h"

#include "core/mem.h"

#include <string.h>

static bool is_tensor(const rn_pickle_value *value)
{
    return value->kind == RN_PICKLE_TENSOR || value->kind == RN_PICKLE_REFERENCE;
}

static bool holds_tensors(const rn_pickle_value *dict)
{
    if (dict->kind != RN_PICKLE_DICT) return false;
    for (size_t i = 0; i + 1 < dict->count; i += 2)
        if (dict->items[i]->kind == RN_PICKLE_STRING && is_tensor(dict->items[i + 1])) return true;
    return false;
}

/* Training scripts wrap the state dict, at times twice; one may hold loose tensors beside it. */
static const rn_pickle_value *find_state_dict(const rn_pickle_value *root, int depth)
{
    static const char *const WRAPPERS[] = {
        "state_dict", "model_state_dict", "model",  "model_state",
        "net",        "network",          "module", "weights"};
    for (size_t i = 0; i < sizeof WRAPPERS / sizeof WRAPPERS[0]; i++) {
        const rn_pickle_value *inner = rn_pickle_find(root, WRAPPERS[i]);
        if (!inner) continue;
        if (holds_tensors(inner)) return inner;
        if (depth > 0 && (inner = find_state_dict(inner, depth - 1))) return inner;
    }
    return holds_tensors(root) ? root : NULL;
}

static resnet_status add_tensor(rn_raw_set *set, const char *name, const rn_pickle_tensor *tensor,
                                const rn_storage_finder *finder)
{
    const rn_pickle_storage *storage = tensor->storage->storage;
    rn_raw_tensor *raw = NULL;
    uint64_t elements = 0;
    resnet_status status;
    RN_TRY(rn_raw_add(set, &raw, name, NULL, storage->dtype, tensor->n_dims, tensor->dims));
    if (storage->dtype == RN_DTYPE_OTHER) return RESNET_OK; /* never read */
    memcpy(raw->strides, tensor->strides, sizeof raw->strides);
    if (__builtin_add_overflow(tensor->offset, storage->view_offset, &raw->offset))
        return rn_fail(RESNET_E_FORMAT, "%s: reaches beyond its storage", name);
    RN_TRY(finder->locate(finder->context, storage, raw, &elements));
    status = rn_raw_check_bounds(raw, elements);
done:
    return status;
}

static resnet_status add_item(rn_raw_set *set, const rn_pickle_value *key,
                              const rn_pickle_value *value, const rn_storage_finder *finder)
{
    rn_pickle_tensor found;
    resnet_status status;
    char *name = NULL;
    if (key->kind != RN_PICKLE_STRING || !is_tensor(value)) return RESNET_OK;
    if (key->length > RN_RAW_MAX_NAME)
        return rn_fail(RESNET_E_UNSUPPORTED, "a tensor's name has %zu bytes", key->length);
    name = rn_strndup(key->text, key->length);
    if (!name) return RESNET_E_NOMEM;
    if (value->kind == RN_PICKLE_TENSOR) {
        found = *value->tensor;
    } else if (finder->resolve) {
        RN_TRY(finder->resolve(finder->context, value, &found));
    } else {
        status = rn_fail(RESNET_E_FORMAT, "%s: not a tensor", name);
        goto done;
    }
    status = add_tensor(set, name, &found, finder);
done:
    rn_free(name);
    return status;
}

resnet_status rn_state_dict_read(rn_raw_set *set, const rn_pickle_value *root,
                                 const rn_storage_finder *finder)
{
    const rn_pickle_value *dict = find_state_dict(root, 2);
    if (!dict)
        return rn_fail(RESNET_E_FORMAT, "the pickle holds no state dict: no tensors under names");
    for (size_t i = 0; i + 1 < dict->count; i += 2) {
        const resnet_status status = add_item(set, dict->items[i], dict->items[i + 1], finder);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}
