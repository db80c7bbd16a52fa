/* What torch.save wrote in 2016: a tar of three members. `storages` and `tensors` are pickled
 * records, each with raw bytes behind it; the object in `pickle` refers to tensors by number.
 * SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "core/mem.h"
#include "store/state_dict.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 512
#define NAME_SIZE 100
#define SIZE_OFFSET 124
#define SIZE_DIGITS 12

typedef struct cursor {
    const unsigned char *next, *end;
    rn_budget *budget;
} cursor;

typedef struct old_storage {
    int64_t key;
    rn_pickle_storage storage;
} old_storage;

typedef struct old_tensor {
    int64_t key;
    size_t storage; /* row of storages */
    uint64_t offset;
    size_t n_dims;
    uint64_t dims[RN_RAW_MAX_DIMS], strides[RN_RAW_MAX_DIMS];
    rn_pickle_value value; /* the storage as a value, for rn_pickle_tensor */
} old_tensor;

typedef struct archive {
    cursor file;
    old_storage *storages;
    size_t n_storages;
    old_tensor *tensors;
    size_t n_tensors;
} archive;

static resnet_status fail_end(void)
{
    return rn_fail(RESNET_E_FORMAT, "tar: a member ends early");
}

static uint64_t read_octal(const unsigned char *text, size_t length)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length && value < UINT64_MAX / 16; i++)
        if (text[i] >= '0' && text[i] <= '7') value = value * 8 + (uint64_t)(text[i] - '0');
    return value;
}

static resnet_status find_member(cursor *out, const cursor *file, const char *name)
{
    const unsigned char *at = file->next;
    while (file->end - at >= BLOCK && *at) {
        const uint64_t size = read_octal(at + SIZE_OFFSET, SIZE_DIGITS);
        const uint64_t left = (uint64_t)(file->end - at) - BLOCK;
        if (size > left) return fail_end();
        if (strncmp((const char *)at, name, NAME_SIZE) == 0) {
            *out = (cursor){at + BLOCK, at + BLOCK + size, file->budget};
            return RESNET_OK;
        }
        const uint64_t padded = (size + BLOCK - 1) / BLOCK * BLOCK;
        if (padded > left) break;
        at += BLOCK + padded;
    }
    return rn_fail(RESNET_E_UNSUPPORTED, "a tar without %s: not PyTorch's", name);
}

static resnet_status read_pickle(cursor *in, rn_pickle **out)
{
    size_t used = 0;
    const resnet_status status =
        rn_pickle_read(out, &used, in->next, (size_t)(in->end - in->next), in->budget);
    if (status == RESNET_OK) in->next += used;
    return status;
}

static resnet_status read_count(cursor *in, size_t *out)
{
    rn_pickle *pickle = NULL;
    resnet_status status = read_pickle(in, &pickle);
    if (status != RESNET_OK) return status;
    const rn_pickle_value *root = rn_pickle_get_root(pickle);
    if (root->kind != RN_PICKLE_INT || root->integer < 0 || root->integer > RN_RAW_MAX_TENSORS)
        status = rn_fail(RESNET_E_FORMAT, "tar: no count of its records, or above %d",
                         RN_RAW_MAX_TENSORS);
    else
        *out = (size_t)root->integer;
    rn_pickle_free(pickle);
    return status;
}

/* A pickled (first, second, third), where `kinds` says of what kind each must be. */
static resnet_status read_record(cursor *in, rn_pickle **out, enum rn_pickle_kind first,
                                 enum rn_pickle_kind second)
{
    rn_pickle *pickle = NULL;
    const resnet_status status = read_pickle(in, &pickle);
    if (status != RESNET_OK) return status;
    const rn_pickle_value *record = rn_pickle_get_root(pickle);
    if (record->kind != RN_PICKLE_TUPLE || record->count != 3 || record->items[0]->kind != first ||
        record->items[1]->kind != second) {
        rn_pickle_free(pickle);
        return rn_fail(RESNET_E_FORMAT, "tar: a record is not what it should be");
    }
    *out = pickle;
    return RESNET_OK;
}

static resnet_status take_numbers(cursor *in, uint64_t *out, size_t count)
{
    if ((size_t)(in->end - in->next) / 8 < count) return fail_end();
    for (size_t i = 0; i < count; i++, in->next += 8) {
        out[i] = 0;
        for (size_t byte = 8; byte-- > 0;) out[i] = out[i] << 8 | in->next[byte];
    }
    return RESNET_OK;
}

static resnet_status read_storage(cursor *in, old_storage *out)
{
    rn_pickle *pickle = NULL;
    resnet_status status;
    uint64_t bytes;
    RN_TRY(read_record(in, &pickle, RN_PICKLE_INT, RN_PICKLE_STRING));
    const rn_pickle_value *record = rn_pickle_get_root(pickle);
    out->key = record->items[0]->integer;
    if (!rn_pickle_set_type(&out->storage, record->items[2])) {
        status = rn_fail(RESNET_E_FORMAT, "tar: a storage without a type");
        goto done;
    }
    if (!out->storage.element_size) {
        status = rn_fail(RESNET_E_UNSUPPORTED, "tar: a storage of an unknown type");
        goto done;
    }
    RN_TRY(take_numbers(in, &out->storage.bytes_count, 1));
    if (__builtin_mul_overflow(out->storage.bytes_count, out->storage.element_size, &bytes) ||
        bytes > (uint64_t)(in->end - in->next)) {
        status = fail_end();
        goto done;
    }
    out->storage.bytes = in->next;
    in->next += bytes;
done:
    rn_pickle_free(pickle);
    return status;
}

static resnet_status read_storages(archive *tar)
{
    resnet_status status;
    cursor in = {0};
    size_t count = 0;
    RN_TRY(find_member(&in, &tar->file, "storages"));
    RN_TRY(read_count(&in, &count));
    RN_TRY(rn_budget_spend_array(in.budget, count, sizeof *tar->storages, "tar"));
    tar->storages = rn_calloc(count, sizeof *tar->storages);
    if (!tar->storages) return RESNET_E_NOMEM;
    for (; tar->n_storages < count; tar->n_storages++)
        RN_TRY(read_storage(&in, &tar->storages[tar->n_storages]));
done: /* a list of views follows, which no state dict has */
    return status;
}

static resnet_status find_storage(const archive *tar, int64_t key, size_t *out)
{
    for (size_t i = 0; i < tar->n_storages; i++)
        if (tar->storages[i].key == key) {
            *out = i;
            return RESNET_OK;
        }
    return rn_fail(RESNET_E_UNSUPPORTED, "tar: a tensor's storage is not in the file, or a view");
}

/* int32 dimensions, 4 bytes of nothing, then int64 sizes, strides and offset */
static resnet_status read_geometry(cursor *in, old_tensor *out)
{
    uint64_t n_dims = 0;
    resnet_status status;
    RN_TRY(take_numbers(in, &n_dims, 1));
    out->n_dims = (size_t)(n_dims & UINT32_MAX);
    if (out->n_dims > RN_RAW_MAX_DIMS)
        return rn_fail(RESNET_E_UNSUPPORTED, "tar: a tensor of %zu dimensions", out->n_dims);
    RN_TRY(take_numbers(in, out->dims, out->n_dims));
    RN_TRY(take_numbers(in, out->strides, out->n_dims));
    status = take_numbers(in, &out->offset, 1);
done:
    return status;
}

static resnet_status read_tensor(archive *tar, cursor *in, old_tensor *out)
{
    rn_pickle *pickle = NULL;
    resnet_status status;
    RN_TRY(read_record(in, &pickle, RN_PICKLE_INT, RN_PICKLE_INT));
    const rn_pickle_value *record = rn_pickle_get_root(pickle);
    out->key = record->items[0]->integer;
    RN_TRY(find_storage(tar, record->items[1]->integer, &out->storage));
    RN_TRY(read_geometry(in, out));
    out->value.kind = RN_PICKLE_STORAGE;
    out->value.storage = &tar->storages[out->storage].storage;
done:
    rn_pickle_free(pickle);
    return status;
}

static resnet_status read_tensors(archive *tar)
{
    resnet_status status;
    cursor in = {0};
    size_t count = 0;
    RN_TRY(find_member(&in, &tar->file, "tensors"));
    RN_TRY(read_count(&in, &count));
    RN_TRY(rn_budget_spend_array(in.budget, count, sizeof *tar->tensors, "tar"));
    tar->tensors = rn_calloc(count, sizeof *tar->tensors);
    if (!tar->tensors) return RESNET_E_NOMEM;
    for (; tar->n_tensors < count; tar->n_tensors++)
        RN_TRY(read_tensor(tar, &in, &tar->tensors[tar->n_tensors]));
done:
    return status;
}

/* A decimal number of up to 18 digits, which 64 bits hold. */
static bool read_key(const rn_pickle_value *reference, int64_t *out)
{
    if (reference->length == 0 || reference->length > 18) return false;
    *out = 0;
    for (size_t i = 0; i < reference->length; i++) {
        if (reference->text[i] < '0' || reference->text[i] > '9') return false;
        *out = *out * 10 + (reference->text[i] - '0');
    }
    return true;
}

static resnet_status resolve(void *context, const rn_pickle_value *reference, rn_pickle_tensor *out)
{
    const archive *tar = context;
    int64_t key = 0;
    if (!read_key(reference, &key))
        return rn_fail(RESNET_E_FORMAT, "tar: a tensor's name is not a number of up to 18 digits");
    for (size_t i = 0; i < tar->n_tensors; i++) {
        const old_tensor *tensor = &tar->tensors[i];
        if (tensor->key != key) continue;
        *out = (rn_pickle_tensor){&tensor->value, tensor->offset, tensor->n_dims, {0}, {0}};
        memcpy(out->dims, tensor->dims, sizeof out->dims);
        memcpy(out->strides, tensor->strides, sizeof out->strides);
        return RESNET_OK;
    }
    return rn_fail(RESNET_E_FORMAT, "tar: a tensor is named that is not there");
}

static resnet_status locate(void *context, const rn_pickle_storage *storage, rn_raw_tensor *tensor,
                            uint64_t *out_elements)
{
    (void)context;
    tensor->storage = storage->bytes;
    *out_elements = storage->bytes_count;
    return RESNET_OK;
}

static resnet_status read_archive(archive *tar, rn_raw_set *set)
{
    const rn_storage_finder finder = {.context = tar, .locate = locate, .resolve = resolve};
    rn_pickle *object = NULL;
    cursor in = {0};
    resnet_status status;
    RN_TRY(read_storages(tar));
    RN_TRY(read_tensors(tar));
    RN_TRY(find_member(&in, &tar->file, "pickle"));
    RN_TRY(read_pickle(&in, &object));
    status = rn_state_dict_read(set, object, &finder);
done:
    rn_pickle_free(object);
    return status;
}

resnet_status rn_torch_tar_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 rn_budget *budget)
{
    archive tar = {.file = {bytes, (const unsigned char *)bytes + size, budget}};
    rn_raw_set *set = NULL;
    resnet_status status = rn_raw_create(&set, RN_LAYOUT_TORCH, budget);
    if (status != RESNET_OK) return status;
    status = read_archive(&tar, set);
    rn_free(tar.storages);
    rn_free(tar.tensors);
    if (status == RESNET_OK)
        *out = set;
    else
        rn_raw_free(set);
    return status;
}
