/* SPDX-License-Identifier: MIT */
#include "store/state_dict.h"

#include "core/mem.h"

#include <string.h>

static bool is_tensor(const rn_pickle_value *value)
{
    return value->kind == RN_PICKLE_TENSOR || value->kind == RN_PICKLE_REFERENCE;
}

#define MAX_DEPTH 4   /* {"a": {"b": {"c": state dict}}} */
#define MAX_DICTS 64  /* of those found in one pickle */
#define VISIT_COST 16 /* of the budget, since dictionaries may hold one another again and again */
#define MAX_PATH RN_RAW_MAX_NAME

typedef struct found_dict {
    const rn_pickle_value *dict;
    size_t n_tensors;
    char *path; /* "model_ema." */
} found_dict;

typedef struct search {
    rn_budget *budget;
    found_dict dicts[MAX_DICTS];
    size_t n_dicts;
    char path[MAX_PATH + 1]; /* to where the search is */
    size_t length;
} search;

static size_t count_tensors(const rn_pickle_value *dict)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < dict->count; i += 2)
        count += dict->items[i]->kind == RN_PICKLE_STRING && is_tensor(dict->items[i + 1]);
    return count;
}

static size_t count_found(const search *found, size_t first)
{
    size_t count = 0;
    for (size_t i = first; i < found->n_dicts; i++)
        count = rn_larger(count, found->dicts[i].n_tensors);
    return count;
}

static void forget(search *found, size_t first)
{
    while (found->n_dicts > first) rn_free(found->dicts[--found->n_dicts].path);
}

static resnet_status keep(search *found, const rn_pickle_value *dict, size_t n_tensors)
{
    for (size_t i = 0; i < found->n_dicts; i++)
        if (found->dicts[i].dict == dict) return RESNET_OK;
    if (found->n_dicts == MAX_DICTS)
        return rn_fail(RESNET_E_UNSUPPORTED, "more than %d state dicts in one file", MAX_DICTS);
    char *path = rn_strdup(found->path);
    if (!path) return RESNET_E_NOMEM;
    found->dicts[found->n_dicts++] = (found_dict){dict, n_tensors, path};
    return RESNET_OK;
}

/* What optimisers keep under names is no network's. */
static bool is_searched(const rn_pickle_value *key, const rn_pickle_value *value)
{
    static const char *const OTHERS[] = {"optim", "sched", "scaler", "amp", "rng"};
    if (key->kind != RN_PICKLE_STRING || value->kind != RN_PICKLE_DICT) return false;
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        if (key->length >= strlen(OTHERS[i]) &&
            memcmp(key->text, OTHERS[i], strlen(OTHERS[i])) == 0)
            return false;
    return true;
}

static resnet_status search_dict(search *found, const rn_pickle_value *dict, int depth);

static resnet_status search_item(search *found, const rn_pickle_value *key,
                                 const rn_pickle_value *value, int depth)
{
    const size_t length = found->length;
    if (!is_searched(key, value) || length + key->length + 1 > MAX_PATH) return RESNET_OK;
    memcpy(found->path + length, key->text, key->length);
    found->length += key->length;
    found->path[found->length++] = '.';
    found->path[found->length] = '\0';
    const resnet_status status = search_dict(found, value, depth - 1);
    found->length = length;
    found->path[length] = '\0';
    return status;
}

/* Training scripts wrap state dicts, at times twice, and keep several side by side; beside one
 * there may be loose tensors, which are fewer. */
static resnet_status search_dict(search *found, const rn_pickle_value *dict, int depth)
{
    resnet_status status;
    const size_t first = found->n_dicts;
    RN_TRY(rn_budget_spend_array(found->budget, dict->count + 1, VISIT_COST, "pickle"));
    for (size_t i = 0; depth > 0 && i + 1 < dict->count; i += 2)
        RN_TRY(search_item(found, dict->items[i], dict->items[i + 1], depth));
    const size_t own = count_tensors(dict);
    if (own == 0 || own < count_found(found, first)) return RESNET_OK;
    forget(found, first);
    status = keep(found, dict, own);
done:
    return status;
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

static resnet_status add_item(rn_raw_set *set, const char *path, const rn_pickle_value *key,
                              const rn_pickle_value *value, const rn_storage_finder *finder)
{
    rn_pickle_tensor found;
    resnet_status status;
    char *name = NULL;
    if (key->kind != RN_PICKLE_STRING || !is_tensor(value)) return RESNET_OK;
    if (key->length > RN_RAW_MAX_NAME)
        return rn_fail(RESNET_E_UNSUPPORTED, "a tensor's name has %zu bytes", key->length);
    name = rn_format("%s%.*s", path, (int)key->length, key->text);
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

static resnet_status add_items(rn_raw_set *set, const char *path, const rn_pickle_value *dict,
                               const rn_storage_finder *finder)
{
    for (size_t i = 0; i + 1 < dict->count; i += 2) {
        const resnet_status status =
            add_item(set, path, dict->items[i], dict->items[i + 1], finder);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

/* What there is instead. */
static resnet_status fail_search(const rn_pickle *pickle)
{
    const char *maker = rn_pickle_get_maker(rn_pickle_get_root(pickle));
    const char *foreign = rn_pickle_get_foreign(pickle);
    if (maker)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "the pickle holds an object of %s, such as a whole pickled model, which is "
                       "not built; save its state_dict() instead",
                       maker);
    if (foreign)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "the pickle holds no state dict: no tensors under names, but things of "
                       "classes such as %s, which are not built; save a state_dict() instead",
                       foreign);
    return rn_fail(RESNET_E_FORMAT, "the pickle holds no state dict: no tensors under names");
}

resnet_status rn_state_dict_read(rn_raw_set *set, const rn_pickle *pickle,
                                 const rn_storage_finder *finder)
{
    resnet_status status = RESNET_OK;
    search *found = rn_calloc(1, sizeof *found);
    if (!found) return RESNET_E_NOMEM;
    found->budget = set->budget;
    const rn_pickle_value *root = rn_pickle_get_root(pickle);
    if (root->kind == RN_PICKLE_DICT) RN_TRY(search_dict(found, root, MAX_DEPTH));
    if (found->n_dicts == 0) status = fail_search(pickle);
    for (size_t i = 0; status == RESNET_OK && i < found->n_dicts; i++)
        status = add_items(set, found->n_dicts > 1 ? found->dicts[i].path : "",
                           found->dicts[i].dict, finder);
done:
    forget(found, 0);
    rn_free(found);
    return status;
}
