/* SPDX-License-Identifier: MIT */
#include "store/checkpoint.h"

#include "core/file.h"
#include "core/file_view.h"
#include "core/mem.h"
#include "store/digest.h"
#include "store/hdf5_read.h"
#include "store/hdf5_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES 65536
#define USER_BLOCK 512 /* SEAL, the checksum of what follows in 16 hexadecimal digits, zeros */
#define SEAL "resnet50 checkpoint 1\n"
#define SEAL_SIZE (sizeof(SEAL) - 1 + 16)

enum entry_type { ENTRY_F32, ENTRY_U64, ENTRY_TEXT };

typedef struct entry {
    char *name;
    enum entry_type type;
    size_t n_dims;
    uint64_t dims[RN_CHECKPOINT_MAX_DIMS];
    const void *values;
    bool owned; /* of a checkpoint that was read, and texts */
} entry;

struct rn_checkpoint {
    entry *entries;
    size_t n_entries;
    size_t capacity;
};

resnet_status rn_checkpoint_create(rn_checkpoint **out)
{
    *out = rn_calloc(1, sizeof **out);
    return *out ? RESNET_OK : RESNET_E_NOMEM;
}

void rn_checkpoint_free(rn_checkpoint *checkpoint)
{
    if (!checkpoint) return;
    for (size_t i = 0; i < checkpoint->n_entries; i++) {
        rn_free(checkpoint->entries[i].name);
        if (checkpoint->entries[i].owned) rn_free((void *)checkpoint->entries[i].values);
    }
    rn_free(checkpoint->entries);
    rn_free(checkpoint);
}

static const entry *find(const rn_checkpoint *checkpoint, const char *name)
{
    for (size_t i = 0; i < checkpoint->n_entries; i++)
        if (strcmp(checkpoint->entries[i].name, name) == 0) return &checkpoint->entries[i];
    return NULL;
}

static size_t element_size(enum entry_type type)
{
    static const size_t SIZES[] = {sizeof(float), sizeof(uint64_t), 1};
    return SIZES[type];
}

static size_t count_elements(const entry *item)
{
    size_t count = 1;
    for (size_t i = 0; i < item->n_dims; i++) count *= item->dims[i];
    return count;
}

static size_t count_bytes(const entry *item)
{
    return count_elements(item) * element_size(item->type);
}

static resnet_status check_name(const rn_checkpoint *checkpoint, const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length > RN_CHECKPOINT_MAX_NAME || strchr(name, '/') ||
        strcmp(name, ".") == 0)
        return rn_fail(RESNET_E_INVALID, "checkpoint: \"%s\" cannot be a name", name);
    if (find(checkpoint, name))
        return rn_fail(RESNET_E_INVALID, "checkpoint: %s is there already", name);
    return RESNET_OK;
}

static resnet_status make_room(rn_checkpoint *checkpoint)
{
    if (checkpoint->n_entries < checkpoint->capacity) return RESNET_OK;
    const size_t capacity = checkpoint->capacity ? 2 * checkpoint->capacity : 64;
    entry *grown = rn_realloc(checkpoint->entries, capacity, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    checkpoint->entries = grown;
    checkpoint->capacity = capacity;
    return RESNET_OK;
}

/* Takes item.values over on success only. */
static resnet_status add_entry(rn_checkpoint *checkpoint, const char *name, entry item)
{
    resnet_status status;
    RN_TRY(check_name(checkpoint, name));
    RN_TRY(make_room(checkpoint));
    item.name = rn_strdup(name);
    if (!item.name) return RESNET_E_NOMEM;
    checkpoint->entries[checkpoint->n_entries++] = item;
done:
    return status;
}

resnet_status rn_checkpoint_add_f32(rn_checkpoint *checkpoint, const char *name, size_t n_dims,
                                    const uint64_t *dims, const float *values)
{
    entry item = {.type = ENTRY_F32, .n_dims = n_dims, .values = values};
    if (n_dims > RN_CHECKPOINT_MAX_DIMS)
        return rn_fail(RESNET_E_INVALID, "checkpoint: %s has %zu dimensions", name, n_dims);
    for (size_t i = 0; i < n_dims; i++) item.dims[i] = dims[i];
    return add_entry(checkpoint, name, item);
}

resnet_status rn_checkpoint_add_u64(rn_checkpoint *checkpoint, const char *name, size_t count,
                                    const uint64_t *values)
{
    const entry item = {.type = ENTRY_U64, .n_dims = 1, .dims = {count}, .values = values};
    return add_entry(checkpoint, name, item);
}

resnet_status rn_checkpoint_add_text(rn_checkpoint *checkpoint, const char *name, const char *text)
{
    char *copy = rn_strdup(text);
    if (!copy) return RESNET_E_NOMEM;
    const entry item = {
        .type = ENTRY_TEXT, .n_dims = 1, .dims = {strlen(text)}, .values = copy, .owned = true};
    const resnet_status status = add_entry(checkpoint, name, item);
    if (status != RESNET_OK) rn_free(copy);
    return status;
}

static void format_seal(char out[SEAL_SIZE + 1], const unsigned char *file, size_t size)
{
    snprintf(out, SEAL_SIZE + 1, SEAL "%016llx",
             (unsigned long long)rn_digest_bytes(size, file + USER_BLOCK, size - USER_BLOCK));
}

static void seal(unsigned char *file, size_t size)
{
    char text[SEAL_SIZE + 1];
    format_seal(text, file, size);
    memcpy(file, text, SEAL_SIZE);
}

/* FORMAT for another kind of file and for one that is not as it was written. */
static resnet_status check_seal(const unsigned char *file, size_t size)
{
    char seal[SEAL_SIZE + 1];
    if (size <= USER_BLOCK || memcmp(file, SEAL, sizeof(SEAL) - 1) != 0)
        return rn_fail(RESNET_E_FORMAT, "not a checkpoint of this library, or cut short");
    format_seal(seal, file, size);
    if (memcmp(file, seal, SEAL_SIZE) != 0)
        return rn_fail(RESNET_E_FORMAT, "damaged: the checksum of its %zu bytes differs", size);
    return RESNET_OK;
}

static void fill_values(void *out, const void *source)
{
    const entry *item = source;
    memcpy(out, item->values, count_bytes(item));
}

static resnet_status add_entries(const rn_checkpoint *checkpoint, rn_h5_draft *file)
{
    static const enum rn_h5_element ELEMENTS[] = {RN_H5_F32, RN_H5_U64, RN_H5_U8};
    for (size_t i = 0; i < checkpoint->n_entries; i++) {
        const entry *item = &checkpoint->entries[i];
        const resnet_status status =
            rn_h5_add_array(file, RN_H5_ROOT, item->name, ELEMENTS[item->type], item->n_dims,
                            item->dims, fill_values, item);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status make_file(const rn_checkpoint *checkpoint, unsigned char **out,
                               size_t *out_size)
{
    rn_h5_draft *file = NULL;
    resnet_status status;
    RN_TRY(rn_h5_draft_create(&file));
    RN_TRY(add_entries(checkpoint, file));
    RN_TRY(rn_h5_draft_finish(file, USER_BLOCK, out, out_size));
    seal(*out, *out_size);
done:
    rn_h5_draft_free(file);
    return status;
}

resnet_status rn_checkpoint_write(const rn_checkpoint *checkpoint, const char *path)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    const resnet_status status = make_file(checkpoint, &bytes, &size);
    if (status != RESNET_OK) return rn_fail_in(status, path);
    const resnet_status written = rn_file_write(path, bytes, size);
    rn_free(bytes);
    return written;
}

static resnet_status fail_content(const char *name)
{
    return rn_fail(RESNET_E_FORMAT, "not what a checkpoint holds: %s", name);
}

static bool find_type(const rn_h5_dataset *dataset, enum entry_type *out)
{
    const rn_h5_type type = rn_h5_dataset_get_type(dataset);
    *out = type.dtype == RN_DTYPE_F32 ? ENTRY_F32 : type.size == 1 ? ENTRY_TEXT : ENTRY_U64;
    return *out == ENTRY_F32 ||
           (type.class == RN_H5_INTEGER && !type.is_signed && type.size == element_size(*out));
}

static resnet_status read_values(const rn_h5_dataset *dataset, entry *item, rn_budget *budget)
{
    const size_t size = count_bytes(item);
    resnet_status status = rn_budget_spend(budget, (uint64_t)size + 1, "checkpoint");
    if (status != RESNET_OK) return status;
    char *values = rn_alloc(size + 1, 1); /* texts end in a zero */
    if (!values) return RESNET_E_NOMEM;
    values[size] = '\0';
    status = rn_h5_dataset_read_native(dataset, values, budget);
    if (status != RESNET_OK) {
        rn_free(values);
        return status;
    }
    item->values = values;
    item->owned = true;
    return RESNET_OK;
}

static resnet_status add_dataset(rn_checkpoint *checkpoint, const rn_h5_dataset *dataset,
                                 const char *name, rn_budget *budget)
{
    entry item = {0};
    resnet_status status;
    item.n_dims = rn_h5_dataset_get_dims(dataset, item.dims);
    if (!find_type(dataset, &item.type)) return fail_content(name);
    RN_TRY(read_values(dataset, &item, budget));
    status = add_entry(checkpoint, name, item);
    if (status != RESNET_OK) rn_free((void *)item.values);
done:
    return status;
}

static resnet_status read_entry(rn_checkpoint *checkpoint, const rn_h5_object *root,
                                const char *name, rn_budget *budget)
{
    resnet_status status;
    rn_h5_object *object = NULL;
    rn_h5_dataset *dataset = NULL;
    RN_TRY(rn_h5_find(&object, root, name));
    if (!object) {
        status = fail_content(name);
        goto done;
    }
    RN_TRY(rn_h5_dataset_open(&dataset, object, name));
    status = add_dataset(checkpoint, dataset, name, budget);
done:
    rn_h5_dataset_free(dataset);
    rn_h5_object_free(object);
    return status;
}

static resnet_status read_entries(rn_checkpoint *checkpoint, const rn_file_view *view,
                                  rn_budget *budget)
{
    resnet_status status;
    rn_h5_file *file = NULL;
    rn_h5_object *root = NULL;
    RN_TRY(rn_h5_open_bytes(&file, view->data, view->size, budget));
    RN_TRY(rn_h5_open_root(&root, file));
    if (rn_h5_count_links(root) > MAX_ENTRIES) {
        status = fail_content("too many entries");
        goto done;
    }
    for (size_t i = 0; i < rn_h5_count_links(root); i++)
        RN_TRY(read_entry(checkpoint, root, rn_h5_get_link(root, i), budget));
done:
    rn_h5_object_free(root);
    rn_h5_close(file);
    return status;
}

static resnet_status read_image(rn_checkpoint *checkpoint, const rn_file_view *view)
{
    rn_budget budget = rn_budget_make(RN_DEFAULT_BUDGET(view->size));
    const resnet_status status = check_seal(view->data, view->size);
    return status == RESNET_OK ? read_entries(checkpoint, view, &budget) : status;
}

resnet_status rn_checkpoint_read(rn_checkpoint **out, const char *path, uint64_t max_bytes)
{
    rn_file_view view;
    rn_checkpoint *checkpoint = NULL;
    resnet_status status = rn_file_view_open(&view, path, max_bytes, false);
    if (status != RESNET_OK) return status;
    status = rn_checkpoint_create(&checkpoint);
    if (status == RESNET_OK) status = read_image(checkpoint, &view);
    rn_file_view_close(&view);
    if (status == RESNET_OK) {
        *out = checkpoint;
        return RESNET_OK;
    }
    rn_checkpoint_free(checkpoint);
    return rn_fail_in(status, path);
}

static const void *find_values(const rn_checkpoint *checkpoint, const char *name,
                               enum entry_type type, size_t *out_count)
{
    const entry *item = find(checkpoint, name);
    if (!item || item->type != type) return NULL;
    if (out_count) *out_count = count_elements(item);
    return item->values;
}

const float *rn_checkpoint_find_f32(const rn_checkpoint *checkpoint, const char *name,
                                    size_t *out_count)
{
    return find_values(checkpoint, name, ENTRY_F32, out_count);
}

const uint64_t *rn_checkpoint_find_u64(const rn_checkpoint *checkpoint, const char *name,
                                       size_t *out_count)
{
    return find_values(checkpoint, name, ENTRY_U64, out_count);
}

const char *rn_checkpoint_find_text(const rn_checkpoint *checkpoint, const char *name)
{
    return find_values(checkpoint, name, ENTRY_TEXT, NULL);
}

bool rn_checkpoint_get_dims(const rn_checkpoint *checkpoint, const char *name, size_t *out_n_dims,
                            uint64_t out_dims[RN_CHECKPOINT_MAX_DIMS])
{
    const entry *item = find(checkpoint, name);
    if (!item) return false;
    *out_n_dims = item->n_dims;
    memcpy(out_dims, item->dims, sizeof item->dims);
    return true;
}

const char *rn_checkpoint_get_name(const rn_checkpoint *checkpoint, size_t index)
{
    return index < checkpoint->n_entries ? checkpoint->entries[index].name : NULL;
}
