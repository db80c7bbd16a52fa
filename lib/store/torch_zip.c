/* What torch.save writes since 1.6: a zip of <prefix>/data.pkl and one uncompressed entry
 * <prefix>/data/<key> per storage. SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "core/mem.h"
#include "store/state_dict.h"
#include "store/zip_entry.h"

#include <string.h>

#define PICKLE_NAME "/data.pkl"

typedef struct torch_zip {
    rn_zip zip;
    char *prefix;
    void *pickle_bytes;
    rn_pickle *pickle;
    void **storages; /* by entry, once unpacked: tensors may share them, and in any order */
    size_t n_entries;
} torch_zip;

static void close_archive(void *source)
{
    torch_zip *archive = source;
    rn_pickle_free(archive->pickle);
    rn_free(archive->pickle_bytes);
    rn_free(archive->prefix);
    for (size_t i = 0; archive->storages && i < archive->n_entries; i++)
        rn_free(archive->storages[i]);
    rn_free(archive->storages);
    rn_zip_close(&archive->zip);
    rn_free(archive);
}

static resnet_status read_storage(torch_zip *archive, uint64_t entry)
{
    size_t size = 0;
    if (archive->storages[entry]) return RESNET_OK;
    return rn_zip_read(&archive->zip, entry, UINT64_MAX, &archive->storages[entry], &size);
}

static resnet_status read_tensor(void *source, const rn_raw_tensor *tensor, float *out)
{
    torch_zip *archive = source;
    const resnet_status status = read_storage(archive, tensor->entry);
    if (status != RESNET_OK) return rn_fail_in(status, tensor->name);
    rn_raw_convert(tensor, archive->storages[tensor->entry], out);
    return RESNET_OK;
}

static resnet_status find_entry(const torch_zip *archive, const char *name, int64_t *out)
{
    char *path = rn_format("%s/%s", archive->prefix, name);
    if (!path) return RESNET_E_NOMEM;
    *out = rn_zip_find(&archive->zip, path);
    rn_free(path);
    return RESNET_OK;
}

static resnet_status locate(void *context, const rn_pickle_storage *storage, rn_raw_tensor *tensor,
                            uint64_t *out_elements)
{
    const torch_zip *archive = context;
    resnet_status status;
    int64_t entry = -1;
    uint64_t size = 0;
    char *name = rn_format("data/%.*s", (int)storage->key_length, storage->key);
    if (!name) return RESNET_E_NOMEM;
    RN_TRY(find_entry(archive, name, &entry));
    if (entry < 0) {
        status = rn_fail(RESNET_E_FORMAT, "%s: the archive has no %s", tensor->name, name);
        goto done;
    }
    RN_TRY(rn_zip_get_size(&archive->zip, (uint64_t)entry, &size));
    tensor->entry = (uint64_t)entry;
    *out_elements = size / storage->element_size;
done:
    rn_free(name);
    return status;
}

static resnet_status check_byte_order(const torch_zip *archive)
{
    resnet_status status;
    int64_t entry = -1;
    void *text = NULL;
    size_t size = 0;
    RN_TRY(find_entry(archive, "byteorder", &entry));
    if (entry < 0) return RESNET_OK;
    RN_TRY(rn_zip_read(&archive->zip, (uint64_t)entry, 64, &text, &size));
    if (strcmp(text, "little") != 0)
        status = rn_fail(RESNET_E_UNSUPPORTED, "tensors in the byte order of another machine");
    rn_free(text);
done:
    return status;
}

static resnet_status open_archive(torch_zip *archive, const void *bytes, size_t size,
                                  rn_budget *budget)
{
    resnet_status status;
    RN_TRY(rn_zip_open(&archive->zip, bytes, size, budget));
    archive->n_entries = rn_zip_count(&archive->zip);
    RN_TRY(rn_budget_spend_array(budget, archive->n_entries, sizeof(void *), "zip"));
    archive->storages = rn_calloc(archive->n_entries, sizeof *archive->storages);
    if (!archive->storages) return RESNET_E_NOMEM;
    const int64_t entry = rn_zip_find_ending(&archive->zip, PICKLE_NAME);
    if (entry < 0) return rn_fail(RESNET_E_UNSUPPORTED, "zip: no data.pkl, so not PyTorch's");
    const char *name = rn_zip_get_name(&archive->zip, (uint64_t)entry);
    archive->prefix = rn_strndup(name, strlen(name) - strlen(PICKLE_NAME));
    if (!archive->prefix) return RESNET_E_NOMEM;
    int64_t script = -1;
    RN_TRY(find_entry(archive, "constants.pkl", &script));
    if (script >= 0)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "a TorchScript archive; save the state_dict() instead");
    RN_TRY(check_byte_order(archive));
    size_t pickle_size = 0, used = 0;
    RN_TRY(rn_zip_read(&archive->zip, (uint64_t)entry, RN_PICKLE_MAX_BYTES, &archive->pickle_bytes,
                       &pickle_size));
    status = rn_pickle_read(&archive->pickle, &used, archive->pickle_bytes, pickle_size, budget);
done:
    return status;
}

resnet_status rn_torch_zip_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 rn_budget *budget)
{
    rn_raw_set *set = NULL;
    torch_zip *archive = NULL;
    resnet_status status;
    RN_TRY(rn_raw_create(&set, RN_LAYOUT_TORCH, budget));
    archive = rn_calloc(1, sizeof *archive);
    if (!archive) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    set->source = archive;
    set->close = close_archive;
    set->read = read_tensor;
    RN_TRY(open_archive(archive, bytes, size, budget));
    const rn_storage_finder finder = {.context = archive, .locate = locate};
    RN_TRY(rn_state_dict_read(set, archive->pickle, &finder));
    *out = set;
    return RESNET_OK;
done:
    rn_raw_free(set);
    return status;
}
