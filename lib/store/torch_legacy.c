/* What torch.save wrote from 2017 to 1.5: five pickles one after another (a magic number, a
 * version, the machine's properties, the object, the storages' keys), then each storage as an int64
 * count of elements and its bytes. SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "core/mem.h"
#include "store/state_dict.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const unsigned char *next, *end;
    rn_budget *budget;
    rn_pickle *pickle;            /* the object */
    rn_pickle_storage **storages; /* sorted by key */
    size_t n_storages;
} reader;

static resnet_status read_pickle(reader *in, rn_pickle **out)
{
    size_t used = 0;
    const resnet_status status =
        rn_pickle_read(out, &used, in->next, (size_t)(in->end - in->next), in->budget);
    if (status == RESNET_OK) in->next += used;
    return status;
}

static resnet_status skip_pickle(reader *in)
{
    rn_pickle *pickle = NULL;
    const resnet_status status = read_pickle(in, &pickle);
    rn_pickle_free(pickle);
    return status;
}

static resnet_status check_machine(reader *in)
{
    rn_pickle *pickle = NULL;
    resnet_status status = read_pickle(in, &pickle);
    if (status != RESNET_OK) return status;
    const rn_pickle_value *little = rn_pickle_find(rn_pickle_get_root(pickle), "little_endian");
    if (!little || little->kind != RN_PICKLE_BOOL)
        status = rn_fail(RESNET_E_FORMAT, "pickle: no word on the byte order");
    else if (!little->integer)
        status = rn_fail(RESNET_E_UNSUPPORTED, "tensors in the byte order of another machine");
    rn_pickle_free(pickle);
    return status;
}

static int compare_keys(const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (a_length != b_length) return a_length < b_length ? -1 : 1;
    return a_length ? memcmp(a, b, a_length) : 0;
}

static int compare_storages(const void *a, const void *b)
{
    const rn_pickle_storage *x = *(rn_pickle_storage *const *)a;
    const rn_pickle_storage *y = *(rn_pickle_storage *const *)b;
    return compare_keys(x->key, x->key_length, y->key, y->key_length);
}

static resnet_status sort_storages(reader *in)
{
    size_t count = 0;
    rn_pickle_storage *storage;
    for (storage = rn_pickle_get_storages(in->pickle); storage; storage = storage->next) count++;
    const resnet_status status =
        rn_budget_spend_array(in->budget, count, sizeof *in->storages, "pickle");
    if (status != RESNET_OK) return status;
    in->storages = rn_alloc(count, sizeof *in->storages);
    if (!in->storages) return RESNET_E_NOMEM;
    for (storage = rn_pickle_get_storages(in->pickle); storage; storage = storage->next)
        in->storages[in->n_storages++] = storage;
    qsort(in->storages, count, sizeof *in->storages, compare_storages);
    return RESNET_OK;
}

/* The first in order of those with this key; several tensors may name one storage. */
static size_t find_first(const reader *in, const rn_pickle_value *key)
{
    size_t low = 0, high = in->n_storages;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const rn_pickle_storage *at = in->storages[middle];
        if (compare_keys(at->key, at->key_length, key->text, key->length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_key(const reader *in, size_t at, const rn_pickle_value *key)
{
    return at < in->n_storages && compare_keys(in->storages[at]->key, in->storages[at]->key_length,
                                               key->text, key->length) == 0;
}

/* Whether all that name this storage, from the first of them on, are of a known type: they need not
 * agree. */
static bool are_known(const reader *in, size_t at, const rn_pickle_value *key)
{
    bool known = true;
    for (; has_key(in, at, key); at++) known &= in->storages[at]->element_size > 0;
    return known;
}

static resnet_status take_storage(reader *in, const rn_pickle_value *key)
{
    uint64_t count = 0, bytes;
    if (key->kind != RN_PICKLE_STRING)
        return rn_fail(RESNET_E_FORMAT, "pickle: a storage's key is not a string");
    size_t at = find_first(in, key);
    if (!has_key(in, at, key))
        return rn_fail(RESNET_E_FORMAT, "pickle: a storage that no tensor uses");
    if (in->storages[at]->bytes)
        return rn_fail(RESNET_E_FORMAT, "pickle: a storage is listed twice");
    if (!are_known(in, at, key))
        return rn_fail(RESNET_E_UNSUPPORTED, "pickle: a storage of an unknown type");
    if (in->end - in->next < 8) return rn_fail(RESNET_E_FORMAT, "ends before its storages do");
    for (size_t i = 8; i-- > 0;) count = count << 8 | in->next[i];
    in->next += 8;
    if (__builtin_mul_overflow(count, in->storages[at]->element_size, &bytes) ||
        bytes > (uint64_t)(in->end - in->next))
        return rn_fail(RESNET_E_FORMAT, "ends before its storages do");
    for (; has_key(in, at, key); at++) {
        in->storages[at]->bytes = in->next;
        in->storages[at]->bytes_count = bytes / in->storages[at]->element_size;
    }
    in->next += bytes;
    return RESNET_OK;
}

static resnet_status take_storages(reader *in)
{
    resnet_status status;
    rn_pickle *keys = NULL;
    RN_TRY(sort_storages(in));
    RN_TRY(read_pickle(in, &keys));
    const rn_pickle_value *list = rn_pickle_get_root(keys);
    if (list->kind != RN_PICKLE_LIST) {
        status = rn_fail(RESNET_E_FORMAT, "pickle: no list of storages");
        goto done;
    }
    for (size_t i = 0; i < list->count; i++) RN_TRY(take_storage(in, list->items[i]));
done:
    rn_pickle_free(keys);
    return status;
}

static resnet_status locate(void *context, const rn_pickle_storage *storage, rn_raw_tensor *tensor,
                            uint64_t *out_elements)
{
    (void)context;
    if (!storage->bytes)
        return rn_fail(RESNET_E_FORMAT, "%s: its storage is not in the file", tensor->name);
    tensor->storage = storage->bytes;
    *out_elements = storage->bytes_count;
    return RESNET_OK;
}

static resnet_status read_tensors(reader *in, rn_raw_set *set)
{
    const rn_storage_finder finder = {.locate = locate};
    resnet_status status;
    RN_TRY(skip_pickle(in)); /* the magic number */
    RN_TRY(skip_pickle(in)); /* the version */
    RN_TRY(check_machine(in));
    RN_TRY(read_pickle(in, &in->pickle));
    RN_TRY(take_storages(in));
    status = rn_state_dict_read(set, in->pickle, &finder);
done:
    return status;
}

resnet_status rn_torch_legacy_parse(rn_raw_set **out, const void *bytes, size_t size,
                                    rn_budget *budget)
{
    reader in = {.next = bytes, .end = (const unsigned char *)bytes + size, .budget = budget};
    rn_raw_set *set = NULL;
    resnet_status status = rn_raw_create(&set, RN_LAYOUT_TORCH, budget);
    if (status != RESNET_OK) return status;
    status = read_tensors(&in, set);
    rn_pickle_free(in.pickle);
    rn_free(in.storages);
    if (status == RESNET_OK)
        *out = set;
    else
        rn_raw_free(set);
    return status;
}
