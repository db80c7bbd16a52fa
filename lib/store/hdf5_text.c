/* Text attributes in every form that h5py has written them. SPDX-License-Identifier: MIT */
#include "store/hdf5_image.h"

#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXTS 65536
#define MAX_BYTES (64u << 20) /* of one attribute */

void rn_h5_texts_free(rn_h5_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) rn_free(texts->items[i]);
    rn_free(texts->items);
    *texts = (rn_h5_texts){NULL, 0};
}

static resnet_status reserve(rn_h5_texts *texts, size_t count)
{
    char **grown = rn_realloc(texts->items, texts->count + count, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    texts->items = grown;
    return RESNET_OK;
}

/* There is room for it. */
static resnet_status append(rn_h5_texts *texts, const char *text, size_t length)
{
    texts->items[texts->count] = rn_strndup(text, length);
    if (!texts->items[texts->count]) return RESNET_E_NOMEM;
    texts->count++;
    return RESNET_OK;
}

static resnet_status fail_text(const char *name)
{
    return rn_fail(RESNET_E_FORMAT, "HDF5: attribute %s cannot be read as text", name);
}

static resnet_status read_variable(rn_h5_texts *texts, hid_t attribute, hid_t type, hid_t space,
                                   size_t count, const char *name)
{
    resnet_status status = RESNET_OK;
    char **pointers = rn_calloc(count, sizeof *pointers);
    if (!pointers) return RESNET_E_NOMEM;
    if (H5Aread(attribute, type, pointers) < 0) {
        status = fail_text(name);
        goto done;
    }
    for (size_t i = 0; i < count && status == RESNET_OK; i++)
        status =
            append(texts, pointers[i] ? pointers[i] : "", pointers[i] ? strlen(pointers[i]) : 0);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers);
done:
    rn_free(pointers);
    return status;
}

static size_t trim(const char *text, size_t size, H5T_str_t padding)
{
    size_t length = strnlen(text, size);
    if (padding == H5T_STR_SPACEPAD)
        while (length > 0 && text[length - 1] == ' ') length--;
    return length;
}

static resnet_status read_fixed(rn_h5_texts *texts, hid_t attribute, hid_t type, size_t count,
                                const char *name)
{
    resnet_status status = RESNET_OK;
    const size_t size = H5Tget_size(type);
    if (size == 0 || size > MAX_BYTES || count > MAX_BYTES / size)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: attribute %s is too long", name);
    char *bytes = rn_alloc(count, size);
    if (!bytes) return RESNET_E_NOMEM;
    if (H5Aread(attribute, type, bytes) < 0) status = fail_text(name);
    for (size_t i = 0; i < count && status == RESNET_OK; i++)
        status = append(texts, bytes + i * size, trim(bytes + i * size, size, H5Tget_strpad(type)));
    rn_free(bytes);
    return status;
}

static resnet_status read_typed(rn_h5_texts *texts, hid_t attribute, hid_t type, hid_t space,
                                const char *name)
{
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count == 0) return RESNET_OK;
    if (count < 0 || H5Tget_class(type) != H5T_STRING) return fail_text(name);
    if (count > MAX_TEXTS)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: attribute %s lists %lld texts", name,
                       (long long)count);
    const resnet_status status = reserve(texts, (size_t)count);
    if (status != RESNET_OK) return status;
    if (H5Tis_variable_str(type) > 0)
        return read_variable(texts, attribute, type, space, (size_t)count, name);
    return read_fixed(texts, attribute, type, (size_t)count, name);
}

/* Adds to what is there. */
static resnet_status read_more(rn_h5_texts *texts, hid_t object, const char *name)
{
    resnet_status status = RESNET_OK;
    hid_t type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    if (H5Aexists(object, name) <= 0) return RESNET_OK;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return fail_text(name);
    type = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
    status =
        type < 0 || space < 0 ? fail_text(name) : read_typed(texts, attribute, type, space, name);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

resnet_status rn_h5_read_texts(rn_h5_texts *out, hid_t object, const char *name)
{
    rn_h5_texts texts = {NULL, 0};
    const resnet_status status = read_more(&texts, object, name);
    if (status == RESNET_OK)
        *out = texts;
    else
        rn_h5_texts_free(&texts);
    return status;
}

resnet_status rn_h5_read_text_chunks(rn_h5_texts *out, hid_t object, const char *name)
{
    rn_h5_texts texts = {NULL, 0};
    resnet_status status = read_more(&texts, object, name);
    for (size_t i = 0; status == RESNET_OK && i < MAX_TEXTS; i++) {
        char chunk[96];
        snprintf(chunk, sizeof chunk, "%s%zu", name, i);
        if (H5Aexists(object, chunk) <= 0) break;
        status = read_more(&texts, object, chunk);
        if (status == RESNET_OK && texts.count > MAX_TEXTS)
            status = rn_fail(RESNET_E_UNSUPPORTED, "HDF5: attribute %s lists too many texts", name);
    }
    if (status == RESNET_OK)
        *out = texts;
    else
        rn_h5_texts_free(&texts);
    return status;
}

resnet_status rn_h5_read_text(char **out, hid_t object, const char *name)
{
    rn_h5_texts texts = {NULL, 0};
    const resnet_status status = rn_h5_read_texts(&texts, object, name);
    if (status != RESNET_OK) return status;
    *out = texts.count ? texts.items[0] : NULL;
    if (texts.count) texts.items[0] = NULL; /* handed over; rn_free(NULL) is fine */
    rn_h5_texts_free(&texts);
    return RESNET_OK;
}
