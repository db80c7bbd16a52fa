/* Superblock 2, object headers 2, links and attributes inside their headers: the plainest form that
 * the format has. Chapters are those of "HDF5 File Format Specification Version 3.0".
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_write.h"

#include "core/mem.h"
#include "store/hdf5_checksum.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNDEFINED UINT64_MAX
#define SUPERBLOCK_SIZE 48
#define PREFIX_SIZE 10 /* of an object header */
#define CHECKSUM_SIZE 4
#define DATA_ALIGNMENT 64
#define MAX_ATTRIBUTE 64000 /* bytes of text; a message ends at 65,535 */

enum message { /* IV.A.2 */
               DATASPACE = 0x01,
               LINK_INFO = 0x02,
               DATATYPE = 0x03,
               FILL_VALUE = 0x05,
               LINK = 0x06,
               LAYOUT = 0x08,
               GROUP_INFO = 0x0a,
               ATTRIBUTE = 0x0c
};

/* A group or an array: its header's messages, and of an array what to write where. */
typedef struct object {
    unsigned char *bytes;
    size_t size, capacity;
    uint64_t address;
    uint64_t data_address, data_size; /* of an array with elements */
    rn_h5_fill fill;
    const void *source;
} object;

/* Where a header holds an address that is known at the end. */
typedef struct reference {
    size_t object, at;
    size_t target;
    bool is_data; /* of the target's values; else of its header */
} reference;

struct rn_h5_draft {
    object *objects;
    size_t n_objects, capacity;
    reference *references;
    size_t n_references, references_capacity;
};

/* --- bytes --- */

/* Room for one more item of a list. */
static resnet_status make_room(void **items, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity) return RESNET_OK;
    const size_t larger = 2 * needed + 16;
    void *grown = rn_realloc(*items, larger, item_size);
    if (!grown) return RESNET_E_NOMEM;
    *items = grown;
    *capacity = larger;
    return RESNET_OK;
}

static unsigned char *put(unsigned char *at, uint64_t number, size_t width)
{
    for (size_t i = 0; i < width; i++) at[i] = (unsigned char)(number >> (8 * i));
    return at + width;
}

static unsigned char *put_bytes(unsigned char *at, const void *bytes, size_t size)
{
    if (size) memcpy(at, bytes, size);
    return at + size;
}

/* A message of `size` zero bytes at the end of an object's header. */
static resnet_status add_message(rn_h5_draft *draft, size_t number, enum message type, size_t size,
                                 unsigned char **out)
{
    object *to = &draft->objects[number];
    void *bytes = to->bytes;
    const resnet_status status = make_room(&bytes, &to->capacity, to->size + 4 + size, 1);
    to->bytes = bytes;
    if (status != RESNET_OK) return status;
    unsigned char *at = put(to->bytes + to->size, (uint64_t)type, 1);
    at = put(at, size, 2);
    at = put(at, 0, 1); /* flags */
    memset(at, 0, size);
    to->size += 4 + size;
    *out = at;
    return RESNET_OK;
}

static resnet_status add_reference(rn_h5_draft *draft, size_t number, const unsigned char *at,
                                   size_t target, bool is_data)
{
    void *items = draft->references;
    const resnet_status status =
        make_room(&items, &draft->references_capacity, draft->n_references + 1, sizeof(reference));
    draft->references = items;
    if (status != RESNET_OK) return status;
    draft->references[draft->n_references++] =
        (reference){number, (size_t)(at - draft->objects[number].bytes), target, is_data};
    return RESNET_OK;
}

/* --- objects --- */

static resnet_status add_object(rn_h5_draft *draft, size_t *out)
{
    void *items = draft->objects;
    const resnet_status status =
        make_room(&items, &draft->capacity, draft->n_objects + 1, sizeof(object));
    draft->objects = items;
    if (status != RESNET_OK) return status;
    draft->objects[draft->n_objects] = (object){0};
    *out = draft->n_objects++;
    return RESNET_OK;
}

/* IV.A.2.c and k: no index beside the links in the header. */
static resnet_status start_group(rn_h5_draft *draft, size_t *out)
{
    unsigned char *at = NULL;
    resnet_status status;
    RN_TRY(add_object(draft, out));
    RN_TRY(add_message(draft, *out, LINK_INFO, 18, &at));
    at = put(at, 0, 2);
    at = put(at, UNDEFINED, 8);
    put(at, UNDEFINED, 8);
    status = add_message(draft, *out, GROUP_INFO, 2, &at);
done:
    return status;
}

/* IV.A.2.g: a hard link, its name in UTF-8, its length in two bytes. */
static resnet_status add_link(rn_h5_draft *draft, size_t parent, const char *name, size_t target)
{
    static const unsigned char START[] = {1, 0x11, 1}; /* version; what follows; UTF-8 */
    const size_t length = strlen(name);
    unsigned char *at = NULL;
    const resnet_status status =
        add_message(draft, parent, LINK, sizeof START + 2 + length + 8, &at);
    if (status != RESNET_OK) return status;
    at = put_bytes(at, START, sizeof START);
    at = put(at, length, 2);
    at = put_bytes(at, name, length);
    return add_reference(draft, parent, at, target, false);
}

resnet_status rn_h5_draft_create(rn_h5_draft **out)
{
    size_t root = 0;
    rn_h5_draft *draft = rn_calloc(1, sizeof *draft);
    if (!draft) return RESNET_E_NOMEM;
    const resnet_status status = start_group(draft, &root);
    if (status == RESNET_OK)
        *out = draft;
    else
        rn_h5_draft_free(draft);
    return status;
}

void rn_h5_draft_free(rn_h5_draft *draft)
{
    if (!draft) return;
    for (size_t i = 0; i < draft->n_objects; i++) rn_free(draft->objects[i].bytes);
    rn_free(draft->objects);
    rn_free(draft->references);
    rn_free(draft);
}

resnet_status rn_h5_add_group(rn_h5_draft *draft, size_t *out, size_t parent, const char *name)
{
    const resnet_status status = start_group(draft, out);
    return status == RESNET_OK ? add_link(draft, parent, name, *out) : status;
}

/* --- arrays --- */

static size_t element_size(enum rn_h5_element element)
{
    static const size_t SIZES[] = {4, 8, 1};
    return SIZES[element];
}

/* IV.A.2.b: scalar or simple, without larger extents to grow to. */
static size_t dataspace_size(size_t n_dims)
{
    return 4 + 8 * n_dims;
}

static unsigned char *put_dataspace(unsigned char *at, size_t n_dims, const uint64_t *dims)
{
    at = put(at, 2, 1); /* version */
    at = put(at, n_dims, 1);
    at = put(at, 0, 1);          /* flags */
    at = put(at, n_dims > 0, 1); /* scalar or simple */
    for (size_t i = 0; i < n_dims; i++) at = put(at, dims[i], 8);
    return at;
}

/* IV.A.2.d: class and version, bit fields, size, and the properties of the class. */
static resnet_status add_datatype(rn_h5_draft *draft, size_t number, enum rn_h5_element element)
{
    static const unsigned char FLOAT_FIELDS[] = {0x11, 0x20, 0x1f, 0x00}; /* sign in bit 31 */
    static const unsigned char FLOAT[] = {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0};
    static const unsigned char INTEGER_FIELDS[] = {0x10, 0, 0, 0}; /* unsigned */
    const bool is_float = element == RN_H5_F32;
    unsigned char *at = NULL;
    const resnet_status status = add_message(draft, number, DATATYPE, is_float ? 20 : 12, &at);
    if (status != RESNET_OK) return status;
    at = put_bytes(at, is_float ? FLOAT_FIELDS : INTEGER_FIELDS, 4);
    at = put(at, element_size(element), 4);
    if (is_float) {
        put_bytes(at, FLOAT, sizeof FLOAT);
        return RESNET_OK;
    }
    at = put(at, 0, 2);
    put(at, 8 * element_size(element), 2);
    return RESNET_OK;
}

/* IV.A.2.i: contiguous, wherever the values come to lie. */
static resnet_status add_layout(rn_h5_draft *draft, size_t number)
{
    unsigned char *at = NULL;
    const uint64_t size = draft->objects[number].data_size;
    const resnet_status status = add_message(draft, number, LAYOUT, 18, &at);
    if (status != RESNET_OK) return status;
    at = put(at, 3, 1); /* version */
    at = put(at, 1, 1); /* contiguous */
    put(put(at, UNDEFINED, 8), size, 8);
    return size ? add_reference(draft, number, at, number, true) : RESNET_OK;
}

static resnet_status describe_array(rn_h5_draft *draft, size_t number, enum rn_h5_element element,
                                    size_t n_dims, const uint64_t *dims)
{
    unsigned char *at = NULL;
    resnet_status status;
    RN_TRY(add_message(draft, number, DATASPACE, dataspace_size(n_dims), &at));
    put_dataspace(at, n_dims, dims);
    RN_TRY(add_datatype(draft, number, element));
    RN_TRY(add_message(draft, number, FILL_VALUE, 2, &at)); /* IV.A.2.f: late, if set, default */
    put(put(at, 3, 1), 0x0a, 1);
    status = add_layout(draft, number);
done:
    return status;
}

resnet_status rn_h5_add_array(rn_h5_draft *draft, size_t parent, const char *name,
                              enum rn_h5_element element, size_t n_dims, const uint64_t *dims,
                              rn_h5_fill fill, const void *source)
{
    resnet_status status;
    size_t number = 0;
    RN_TRY(add_object(draft, &number));
    object *array = &draft->objects[number];
    array->fill = fill;
    array->source = source;
    array->data_size = element_size(element);
    for (size_t i = 0; i < n_dims; i++) array->data_size *= dims[i];
    RN_TRY(describe_array(draft, number, element, n_dims, dims));
    status = add_link(draft, parent, name, number);
done:
    return status;
}

/* --- attributes --- */

/* IV.A.2.m: texts of fixed width, padded with zeros, in UTF-8. */
static resnet_status add_attribute(rn_h5_draft *draft, size_t group, const char *name,
                                   const char *bytes, size_t n_dims, uint64_t count, size_t width)
{
    static const unsigned char TEXT_FIELDS[] = {0x13, 0x11, 0, 0}; /* zero-padded, UTF-8 */
    const size_t name_size = strlen(name) + 1, space_size = dataspace_size(n_dims);
    unsigned char *at = NULL;
    const resnet_status status = add_message(
        draft, group, ATTRIBUTE, 9 + name_size + 8 + space_size + (size_t)count * width, &at);
    if (status != RESNET_OK) return status;
    at = put(at, 3, 2); /* version, and no flags */
    at = put(at, name_size, 2);
    at = put(at, 8, 2); /* of the datatype */
    at = put(at, space_size, 2);
    at = put(at, 1, 1); /* the name is in UTF-8 */
    at = put_bytes(at, name, name_size);
    at = put_bytes(at, TEXT_FIELDS, sizeof TEXT_FIELDS);
    at = put(at, width, 4);
    at = put_dataspace(at, n_dims, &count);
    put_bytes(at, bytes, (size_t)count * width);
    return RESNET_OK;
}

/* At most MAX_ATTRIBUTE bytes, not ending within a UTF-8 sequence. */
static size_t piece_length(const char *text)
{
    size_t length = strlen(text);
    if (length <= MAX_ATTRIBUTE) return length;
    length = MAX_ATTRIBUTE;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    return length ? length : MAX_ATTRIBUTE;
}

static resnet_status add_piece(rn_h5_draft *draft, size_t group, const char *name, const char *text,
                               size_t length)
{
    return add_attribute(draft, group, name, length ? text : "", 0, 1, length ? length : 1);
}

resnet_status rn_h5_add_text(rn_h5_draft *draft, size_t group, const char *name, const char *text)
{
    if (strlen(text) <= MAX_ATTRIBUTE) return add_piece(draft, group, name, text, strlen(text));
    for (size_t i = 0; *text; i++) {
        char piece[96];
        const size_t length = piece_length(text);
        snprintf(piece, sizeof piece, "%s%zu", name, i);
        const resnet_status status = add_piece(draft, group, piece, text, length);
        if (status != RESNET_OK) return status;
        text += length;
    }
    return RESNET_OK;
}

resnet_status rn_h5_add_text_array(rn_h5_draft *draft, size_t group, const char *name,
                                   const char *texts, size_t count, size_t width)
{
    return add_attribute(draft, group, name, texts, 1, count, width);
}

/* --- the file --- */

/* Headers first, one after the other, then the values. Returns where the file ends. */
static uint64_t lay_out(rn_h5_draft *draft)
{
    uint64_t end = SUPERBLOCK_SIZE;
    for (size_t i = 0; i < draft->n_objects; i++) {
        draft->objects[i].address = end;
        end += PREFIX_SIZE + draft->objects[i].size + CHECKSUM_SIZE;
    }
    for (size_t i = 0; i < draft->n_objects; i++) {
        object *array = &draft->objects[i];
        if (array->data_size == 0) continue;
        array->data_address = (end + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
        end = array->data_address + array->data_size;
    }
    for (size_t i = 0; i < draft->n_references; i++) {
        const reference *r = &draft->references[i];
        const object *target = &draft->objects[r->target];
        put(draft->objects[r->object].bytes + r->at,
            r->is_data ? target->data_address : target->address, 8);
    }
    return end;
}

static void seal(unsigned char *start, unsigned char *end)
{
    put(end, rn_h5_checksum(start, (size_t)(end - start)), CHECKSUM_SIZE);
}

/* II.C. The end of the file counts the user block, all other addresses do not. */
static void put_superblock(unsigned char *start, uint64_t user_block, uint64_t end, uint64_t root)
{
    static const unsigned char START[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 2, 8, 8, 0};
    unsigned char *at = put_bytes(start, START, sizeof START); /* version 2, 8-byte numbers */
    at = put(at, user_block, 8);
    at = put(at, UNDEFINED, 8); /* no extension */
    at = put(at, user_block + end, 8);
    seal(start, put(at, root, 8));
}

/* IV.A.1.b, without times. */
static void put_header(unsigned char *start, const object *from)
{
    static const unsigned char START[] = {'O', 'H', 'D', 'R', 2, 2}; /* sizes have 4 bytes */
    unsigned char *at = put_bytes(start, START, sizeof START);
    at = put(at, from->size, 4);
    seal(start, put_bytes(at, from->bytes, from->size));
}

resnet_status rn_h5_draft_finish(rn_h5_draft *draft, size_t user_block, unsigned char **out,
                                 size_t *out_size)
{
    const uint64_t end = lay_out(draft);
    unsigned char *bytes = rn_calloc(user_block + end, 1);
    if (!bytes) return RESNET_E_NOMEM;
    unsigned char *base = bytes + user_block;
    put_superblock(base, user_block, end, draft->objects[RN_H5_ROOT].address);
    for (size_t i = 0; i < draft->n_objects; i++) {
        const object *from = &draft->objects[i];
        put_header(base + from->address, from);
        if (from->fill && from->data_size) from->fill(base + from->data_address, from->source);
    }
    *out = bytes;
    *out_size = user_block + end;
    return RESNET_OK;
}
