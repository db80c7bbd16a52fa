/* Object headers of versions 1 and 2: the messages that say what an object is, in one block or
 * continued in others. SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <string.h>

#define PREFIX_1 16
#define MAX_PREFIX_2 (4 + 1 + 1 + 16 + 4 + 8)

/* The parts of one object's header. */
typedef struct header {
    rn_h5_object *object;
    unsigned version;
    bool ordered;       /* messages of version 2 tell when they were created */
    uint64_t size;      /* of all blocks so far; those of a sound file do not overlap */
    uint64_t n_claimed; /* messages, by version 1's prefix; old writers told too few */
} header;

static resnet_status fail_header(const rn_h5_object *object)
{
    return rn_h5_fail_damaged(object->file, "object header", object->address);
}

resnet_status rn_h5_grow(const rn_h5_file *file, void *items, size_t count, size_t *capacity,
                         size_t size)
{
    if (count < *capacity) return RESNET_OK;
    const size_t more = *capacity ? 2 * *capacity : 8;
    const resnet_status status = rn_budget_spend_array(file->budget, more, size, "HDF5");
    if (status != RESNET_OK) return status;
    void *block; /* through memcpy(), since pointers of other types are other objects */
    memcpy(&block, items, sizeof block);
    block = rn_realloc(block, more, size);
    if (!block) return RESNET_E_NOMEM;
    memcpy(items, &block, sizeof block);
    *capacity = more;
    return RESNET_OK;
}

/* Takes the span over. */
static resnet_status add_block(header *at, rn_h5_span *span)
{
    rn_h5_object *object = at->object;
    at->size += span->size;
    resnet_status status = at->size <= object->file->size ? RESNET_OK : fail_header(object);
    if (status == RESNET_OK)
        status = rn_h5_grow(object->file, &object->blocks, object->n_blocks,
                            &object->blocks_capacity, sizeof *object->blocks);
    if (status == RESNET_OK)
        object->blocks[object->n_blocks++] = *span;
    else
        rn_h5_drop(span);
    return status;
}

/* A block of messages elsewhere. */
static resnet_status add_continuation(header *at, const rn_h5_message *message)
{
    const rn_h5_file *file = at->object->file;
    rn_h5_span span = {0};
    rn_h5_cursor cursor = rn_h5_cursor_make(file, message->bytes, message->size);
    const uint64_t address = rn_h5_take_address(&cursor), size = rn_h5_take_length(&cursor);
    if (cursor.failed || message->shared) return fail_header(at->object);
    const resnet_status status =
        at->version == 1 ? rn_h5_load(&span, file, address, size, "object header")
                         : rn_h5_load_checked(&span, file, address, size, "object header");
    return status == RESNET_OK ? add_block(at, &span) : status;
}

static resnet_status add_message(header *at, const rn_h5_message *message)
{
    rn_h5_object *object = at->object;
    if (message->type == RN_H5_MESSAGE_CONTINUATION) {
        const resnet_status status = add_continuation(at, message);
        if (status != RESNET_OK) return status;
    }
    const resnet_status status = rn_h5_grow(object->file, &object->messages, object->n_messages,
                                            &object->messages_capacity, sizeof *object->messages);
    if (status == RESNET_OK) object->messages[object->n_messages++] = *message;
    return status;
}

static resnet_status read_message(header *at, rn_h5_cursor *cursor)
{
    rn_h5_message message;
    const uint64_t type = rn_h5_take(cursor, at->version == 1 ? 2 : 1);
    message.size = (size_t)rn_h5_take(cursor, 2);
    message.shared = rn_h5_take(cursor, 1) & 2;
    rn_h5_skip(cursor, at->version == 1 ? 3 : at->ordered ? 2 : 0);
    message.bytes = rn_h5_take_bytes(cursor, message.size);
    if (cursor->failed) return fail_header(at->object);
    if (type > RN_H5_MESSAGE_LAST)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: an object header with a message of type %u",
                       (unsigned)type);
    message.type = (enum rn_h5_message_type)type;
    return add_message(at, &message);
}

/* In version 2 a gap too small for a message may end the block. */
static resnet_status read_messages(header *at, rn_h5_cursor cursor)
{
    const size_t least = at->version == 1 ? 8 : at->ordered ? 6 : 4;
    while (cursor.left >= least) {
        const resnet_status status = read_message(at, &cursor);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status read_block(header *at, size_t index)
{
    const rn_h5_span *span = &at->object->blocks[index];
    rn_h5_cursor cursor = rn_h5_cursor_make(at->object->file, span->bytes, span->size);
    if (at->version == 2) {
        cursor.left -= 4; /* checksum */
        const unsigned char *magic = rn_h5_take_bytes(&cursor, 4);
        if (!magic || memcmp(magic, index ? "OCHK" : "OHDR", 4) != 0)
            return fail_header(at->object);
        if (index == 0) {
            rn_h5_skip(&cursor, 1);
            const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
            rn_h5_skip(&cursor, (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0) + (1u << (flags & 3)));
        }
    }
    return cursor.failed ? fail_header(at->object) : read_messages(at, cursor);
}

static resnet_status load_first_old(header *at, rn_h5_cursor cursor)
{
    const rn_h5_object *object = at->object;
    rn_h5_span span = {0};
    rn_h5_skip(&cursor, 2);
    at->n_claimed = rn_h5_take(&cursor, 2);
    rn_h5_skip(&cursor, 4); /* links to it */
    const uint64_t size = rn_h5_take(&cursor, 4);
    if (cursor.failed) return fail_header(object);
    const resnet_status status =
        rn_h5_load(&span, object->file, object->address + PREFIX_1, size, "object header");
    return status == RESNET_OK ? add_block(at, &span) : status;
}

static resnet_status load_first_new(header *at, rn_h5_cursor cursor)
{
    const rn_h5_object *object = at->object;
    rn_h5_span span = {0};
    const unsigned char *start = cursor.at;
    if (!rn_h5_take_magic(&cursor, "OHDR", 2)) return fail_header(object);
    const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
    at->ordered = flags & 4;
    rn_h5_skip(&cursor, (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0));
    const uint64_t size = rn_h5_take(&cursor, 1u << (flags & 3));
    const uint64_t before = (uint64_t)(cursor.at - start);
    if (cursor.failed || size > UINT64_MAX - before - 4) return fail_header(object);
    const resnet_status status = rn_h5_load_checked(&span, object->file, object->address,
                                                    before + size + 4, "object header");
    return status == RESNET_OK ? add_block(at, &span) : status;
}

static resnet_status read_header(header *at)
{
    const rn_h5_object *object = at->object;
    const rn_h5_file *file = object->file;
    rn_h5_span prefix = {0};
    if (!rn_h5_is_inside(file, object->address, PREFIX_1)) return fail_header(object);
    const uint64_t room = file->size - file->base - object->address;
    resnet_status status = rn_h5_load(&prefix, file, object->address,
                                      room < MAX_PREFIX_2 ? room : MAX_PREFIX_2, "object header");
    if (status != RESNET_OK) return status;
    const rn_h5_cursor cursor = rn_h5_cursor_make(file, prefix.bytes, prefix.size);
    at->version = prefix.bytes[0] == 1 ? 1 : 2;
    status = at->version == 1 ? load_first_old(at, cursor) : load_first_new(at, cursor);
    rn_h5_drop(&prefix);
    for (size_t i = 0; status == RESNET_OK && i < object->n_blocks; i++) status = read_block(at, i);
    if (status == RESNET_OK && object->n_messages < at->n_claimed) status = fail_header(object);
    return status;
}

const rn_h5_message *rn_h5_find_message(const rn_h5_object *object, enum rn_h5_message_type type)
{
    for (size_t i = 0; i < object->n_messages; i++)
        if (object->messages[i].type == type) return &object->messages[i];
    return NULL;
}

static enum rn_h5_kind find_kind(const rn_h5_object *object)
{
    if (rn_h5_find_message(object, RN_H5_MESSAGE_LAYOUT)) return RN_H5_DATASET;
    const bool group = rn_h5_find_message(object, RN_H5_MESSAGE_SYMBOLS) ||
                       rn_h5_find_message(object, RN_H5_MESSAGE_LINK_INFO) ||
                       rn_h5_find_message(object, RN_H5_MESSAGE_GROUP_INFO);
    return group ? RN_H5_GROUP : RN_H5_OTHER;
}

resnet_status rn_h5_open_header(rn_h5_object **out, const rn_h5_file *file, uint64_t address)
{
    resnet_status status = rn_budget_spend(file->budget, sizeof(rn_h5_object), "HDF5");
    if (status != RESNET_OK) return status;
    rn_h5_object *object = rn_calloc(1, sizeof *object);
    if (!object) return RESNET_E_NOMEM;
    object->file = file;
    object->address = address;
    header at = {.object = object};
    status = read_header(&at);
    if (status == RESNET_OK) {
        object->kind = find_kind(object);
        *out = object;
    } else {
        rn_h5_object_free(object);
    }
    return status;
}

resnet_status rn_h5_open_object(rn_h5_object **out, const rn_h5_file *file, uint64_t address)
{
    rn_h5_object *object = NULL;
    resnet_status status = rn_h5_open_header(&object, file, address);
    if (status == RESNET_OK) status = rn_h5_load_attributes(object);
    if (status == RESNET_OK && object->kind == RN_H5_GROUP) status = rn_h5_load_links(object);
    if (status == RESNET_OK)
        *out = object;
    else
        rn_h5_object_free(object);
    return status;
}

resnet_status rn_h5_open_root(rn_h5_object **out, const rn_h5_file *file)
{
    rn_h5_object *root = NULL;
    const resnet_status status = rn_h5_open_object(&root, file, file->root);
    if (status != RESNET_OK) return status;
    if (root->kind == RN_H5_GROUP) {
        *out = root;
        return RESNET_OK;
    }
    rn_h5_object_free(root);
    return rn_h5_fail_damaged(file, "root group", file->root);
}

void rn_h5_object_free(rn_h5_object *object)
{
    if (!object) return;
    for (size_t i = 0; i < object->n_attributes; i++) rn_free(object->attributes[i].name);
    for (size_t i = 0; i < object->n_links; i++) {
        rn_free(object->links[i].name);
        rn_free(object->links[i].target);
    }
    for (size_t i = 0; i < object->n_blocks; i++) rn_h5_drop(&object->blocks[i]);
    rn_h5_heap_close(object->heap);
    rn_free(object->attributes);
    rn_free(object->links);
    rn_free(object->messages);
    rn_free(object->blocks);
    rn_free(object);
}

enum rn_h5_kind rn_h5_get_kind(const rn_h5_object *object)
{
    return object->kind;
}
