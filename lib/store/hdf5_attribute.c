/* An object's attributes: messages of its header, or objects of a heap when they are many.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

#define ATTRIBUTE_RECORD 8 /* type of the records: identifier in the heap, flags, order, hash */

/* The parts of an attribute's message. */
typedef struct parts {
    const unsigned char *name, *type, *space, *data;
    size_t name_size, type_size, space_size, data_size;
    bool type_shared;
} parts;

static resnet_status fail_attribute(const rn_h5_object *object)
{
    return rn_h5_fail_damaged(object->file, "attribute", object->address);
}

/* In version 1 each part is filled up to a multiple of eight bytes. */
static const unsigned char *take_part(rn_h5_cursor *cursor, size_t size, unsigned version)
{
    const unsigned char *bytes = rn_h5_take_bytes(cursor, size);
    if (version == 1) rn_h5_skip(cursor, (8 - size % 8) % 8);
    return bytes;
}

static bool split(parts *out, const rn_h5_file *file, const unsigned char *bytes, size_t size)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(file, bytes, size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
    out->name_size = (size_t)rn_h5_take(&cursor, 2);
    out->type_size = (size_t)rn_h5_take(&cursor, 2);
    out->space_size = (size_t)rn_h5_take(&cursor, 2);
    rn_h5_skip(&cursor, version == 3 ? 1 : 0); /* the name's character set */
    out->name = take_part(&cursor, out->name_size, version);
    out->type = take_part(&cursor, out->type_size, version);
    out->space = take_part(&cursor, out->space_size, version);
    out->data = cursor.at;
    out->data_size = cursor.left;
    out->type_shared = version > 1 && flags & 1;
    const bool plain = version == 1 || (flags & ~1u) == 0; /* the shape lies here as well */
    return !cursor.failed && version >= 1 && version <= 3 && plain && out->name_size > 1 &&
           memchr(out->name, '\0', out->name_size) == out->name + out->name_size - 1;
}

static resnet_status add_attribute(rn_h5_object *object, const unsigned char *bytes, size_t size)
{
    parts found;
    if (!split(&found, object->file, bytes, size)) return fail_attribute(object);
    resnet_status status =
        rn_budget_spend(object->file->budget, found.name_size + RN_H5_NAME_PRICE, "HDF5");
    if (status == RESNET_OK)
        status = rn_h5_grow(object->file, &object->attributes, object->n_attributes,
                            &object->attributes_capacity, sizeof *object->attributes);
    if (status != RESNET_OK) return status;
    char *name = rn_strndup((const char *)found.name, found.name_size - 1);
    if (!name) return RESNET_E_NOMEM;
    object->attributes[object->n_attributes++] = (rn_h5_attribute){name, bytes, size};
    return RESNET_OK;
}

static resnet_status visit_attribute(void *user_data, const unsigned char *record, size_t size,
                                     uint64_t child)
{
    rn_h5_object *object = user_data;
    const unsigned char *bytes = NULL;
    size_t length = 0;
    (void)child;
    if (size <= 9 || record[size - 9] & 2) return fail_attribute(object); /* shared */
    const resnet_status status = rn_h5_heap_get(object->heap, record, size - 9, &bytes, &length);
    return status == RESNET_OK ? add_attribute(object, bytes, length) : status;
}

static resnet_status load_heap(rn_h5_object *object, const rn_h5_message *info)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(object->file, info->bytes, info->size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
    rn_h5_skip(&cursor, flags & 1 ? 2 : 0);
    const uint64_t heap = rn_h5_take_address(&cursor), tree = rn_h5_take_address(&cursor);
    if (cursor.failed || version != 0 || info->shared || object->heap)
        return fail_attribute(object);
    if (heap == RN_H5_UNDEFINED) return RESNET_OK;
    const resnet_status status = rn_h5_heap_open(&object->heap, object->file, heap);
    if (status != RESNET_OK) return status;
    return rn_h5_walk_records(object->file, tree, ATTRIBUTE_RECORD, visit_attribute, object);
}

static resnet_status load_message(rn_h5_object *object, const rn_h5_message *message)
{
    if (message->type == RN_H5_MESSAGE_ATTRIBUTE_INFO) return load_heap(object, message);
    if (message->type != RN_H5_MESSAGE_ATTRIBUTE) return RESNET_OK;
    if (message->shared)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: attributes that objects share");
    return add_attribute(object, message->bytes, message->size);
}

static int compare_attributes(const void *a, const void *b)
{
    return strcmp(((const rn_h5_attribute *)a)->name, ((const rn_h5_attribute *)b)->name);
}

resnet_status rn_h5_load_attributes(rn_h5_object *object)
{
    for (size_t i = 0; i < object->n_messages; i++) {
        const resnet_status status = load_message(object, &object->messages[i]);
        if (status != RESNET_OK) return status;
    }
    rn_h5_attribute *all = object->attributes;
    if (object->n_attributes > 1) qsort(all, object->n_attributes, sizeof *all, compare_attributes);
    for (size_t i = 1; i < object->n_attributes; i++)
        if (compare_attributes(&all[i - 1], &all[i]) == 0) return fail_attribute(object);
    return RESNET_OK;
}

const rn_h5_attribute *rn_h5_find_attribute(const rn_h5_object *object, const char *name)
{
    const rn_h5_attribute wanted = {.name = (char *)name};
    if (object->n_attributes == 0) return NULL;
    return bsearch(&wanted, object->attributes, object->n_attributes, sizeof wanted,
                   compare_attributes);
}

bool rn_h5_has_attribute(const rn_h5_object *object, const char *name)
{
    return rn_h5_find_attribute(object, name) != NULL;
}

resnet_status rn_h5_append_texts(rn_h5_texts *texts, const rn_h5_object *object, const char *name)
{
    const rn_h5_file *file = object->file;
    const rn_h5_attribute *attribute = rn_h5_find_attribute(object, name);
    rn_h5_space space;
    rn_h5_type type;
    parts found;
    resnet_status status;
    if (!attribute) return RESNET_OK;
    texts->found = true;
    if (!split(&found, file, attribute->bytes, attribute->size)) return fail_attribute(object);
    RN_TRY(rn_h5_parse_space(&space, file, found.space, found.space_size));
    RN_TRY(rn_h5_parse_type(&type, file, found.type, found.type_size, found.type_shared));
    status = rn_h5_decode_texts(texts, file, &type, space.count, found.data, found.data_size, name);
done:
    return status;
}
