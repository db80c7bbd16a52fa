/* One weight of Keras's: a dataset of the file, read where it lies if that can be.
 * SPDX-License-Identifier: MIT */
#include "store/keras_h5.h"

#include "core/mem.h"

#include <string.h>

typedef struct h5_source {
    rn_h5_file *file;
    void *owned;
    rn_budget *budget;
    rn_h5_dataset **datasets; /* those that are not read where they lie */
    size_t n_datasets, capacity;
} h5_source;

static void close_source(void *source)
{
    h5_source *h5 = source;
    for (size_t i = 0; i < h5->n_datasets; i++) rn_h5_dataset_free(h5->datasets[i]);
    rn_free(h5->datasets);
    rn_h5_close(h5->file);
    rn_free(h5->owned);
    rn_free(h5);
}

static resnet_status read_packed(const h5_source *h5, const rn_raw_tensor *tensor, float *out)
{
    const rn_h5_dataset *dataset = h5->datasets[tensor->entry];
    const uint64_t count = rn_raw_count(tensor);
    const size_t size = rn_dtype_size(tensor->dtype);
    if (tensor->dtype == RN_DTYPE_F32) return rn_h5_dataset_read_native(dataset, out, h5->budget);
    resnet_status status = rn_budget_spend_array(h5->budget, count, size, tensor->name);
    if (status != RESNET_OK) return status;
    unsigned char *bytes = rn_alloc(count, size);
    if (!bytes) return RESNET_E_NOMEM;
    status = rn_h5_dataset_read_native(dataset, bytes, h5->budget);
    if (status == RESNET_OK) rn_raw_convert(tensor, bytes, out);
    rn_free(bytes);
    return status;
}

static resnet_status read_tensor(void *source, const rn_raw_tensor *tensor, float *out)
{
    if (!tensor->storage) return read_packed(source, tensor, out);
    rn_raw_convert(tensor, tensor->storage, out);
    return RESNET_OK;
}

resnet_status rn_keras_open(rn_raw_set *set, const rn_h5_file **out, const void *bytes, size_t size)
{
    h5_source *h5 = rn_calloc(1, sizeof *h5);
    if (!h5) return RESNET_E_NOMEM;
    h5->budget = set->budget;
    set->source = h5;
    set->read = read_tensor;
    set->close = close_source;
    const resnet_status status = rn_h5_open_bytes(&h5->file, bytes, size, set->budget);
    *out = h5->file;
    return status;
}

void rn_keras_hand_over(rn_raw_set *set, void *bytes)
{
    h5_source *h5 = set->source;
    h5->owned = bytes;
}

/* Keras keeps bfloat16 as two-byte things with a word on them. */
static resnet_status find_dtype(enum rn_dtype *out, const rn_h5_object *object,
                                const rn_h5_dataset *dataset)
{
    char *text = NULL;
    const rn_h5_type type = rn_h5_dataset_get_type(dataset);
    *out = type.dtype;
    if (type.size != 2) return RESNET_OK;
    const resnet_status status = rn_h5_read_text(&text, object, "dtype");
    if (text && strcmp(text, "bfloat16") == 0) *out = RN_DTYPE_BF16;
    rn_free(text);
    return status;
}

static resnet_status keep_dataset(h5_source *h5, rn_h5_dataset *dataset)
{
    if (h5->n_datasets == h5->capacity) {
        const size_t capacity = h5->capacity ? 2 * h5->capacity : 64;
        rn_h5_dataset **grown = rn_realloc(h5->datasets, capacity, sizeof *grown);
        if (!grown) return RESNET_E_NOMEM;
        h5->datasets = grown;
        h5->capacity = capacity;
    }
    h5->datasets[h5->n_datasets++] = dataset;
    return RESNET_OK;
}

/* Takes the dataset over on success only. */
static resnet_status add_dataset(rn_raw_set *set, const rn_h5_object *object,
                                 rn_h5_dataset *dataset, const char *path, const char *key)
{
    h5_source *h5 = set->source;
    uint64_t dims[RN_H5_MAX_DIMS] = {0};
    enum rn_dtype dtype;
    rn_raw_tensor *tensor = NULL;
    resnet_status status;
    const size_t n_dims = rn_h5_dataset_get_dims(dataset, dims);
    RN_TRY(find_dtype(&dtype, object, dataset));
    RN_TRY(rn_raw_add(set, &tensor, path, key, dtype, n_dims, dims));
    if (!rn_h5_dataset_get_type(dataset).big_endian)
        tensor->storage = rn_h5_dataset_get_bytes(dataset);
    tensor->entry = h5->n_datasets;
    status = keep_dataset(h5, dataset);
done:
    return status;
}

resnet_status rn_keras_add_tensor(rn_raw_set *set, const rn_h5_object *group, const char *name,
                                  const char *path, const char *key)
{
    rn_h5_object *object = NULL;
    rn_h5_dataset *dataset = NULL;
    resnet_status status;
    RN_TRY(rn_h5_find(&object, group, name));
    if (!object) {
        status = rn_fail(RESNET_E_FORMAT, "HDF5: no dataset %s", path);
        goto done;
    }
    RN_TRY(rn_h5_dataset_open(&dataset, object, path));
    status = add_dataset(set, object, dataset, path, key);
    if (status == RESNET_OK) dataset = NULL;
done:
    rn_h5_dataset_free(dataset);
    rn_h5_object_free(object);
    return status;
}
