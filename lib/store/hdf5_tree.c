/* B-trees of versions 1 and 2, walked from the first record to the last.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include <string.h>

#define MAX_LEVEL 24    /* of a tree with two children a node: 16 million leaves */
#define ANY_LEVEL 10000 /* of the root, which tells its own */

typedef struct walk {
    const rn_h5_file *file;
    unsigned type;
    size_t key_size;
    rn_h5_visit visit;
    void *user_data;
} walk;

static resnet_status walk_node(const walk *at, uint64_t address, unsigned level);

static resnet_status visit_children(const walk *at, rn_h5_cursor cursor, size_t count,
                                    unsigned level)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *key = rn_h5_take_bytes(&cursor, at->key_size);
        const uint64_t child = rn_h5_take_address(&cursor);
        const resnet_status status = level ? walk_node(at, child, level - 1)
                                           : at->visit(at->user_data, key, at->key_size, child);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

/* A node: how many children it has, then key, child, key, ..., child, key. */
static resnet_status walk_node(const walk *at, uint64_t address, unsigned level)
{
    const size_t prefix_size = 8 + 2 * (size_t)at->file->offset_size;
    rn_h5_span prefix = {0}, body = {0};
    resnet_status status = rn_h5_load(&prefix, at->file, address, prefix_size, "tree");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(at->file, prefix.bytes, prefix.size);
    rn_h5_take_magic(&cursor, "TREE", at->type);
    const unsigned found_level = (unsigned)rn_h5_take(&cursor, 1);
    const size_t count = (size_t)rn_h5_take(&cursor, 2);
    const bool sound =
        !cursor.failed && found_level <= MAX_LEVEL && (level == ANY_LEVEL || level == found_level);
    rn_h5_drop(&prefix);
    if (!sound) return rn_h5_fail_damaged(at->file, "tree", address);
    const uint64_t size = count * (at->key_size + at->file->offset_size) + at->key_size;
    RN_TRY(rn_h5_load(&body, at->file, address + prefix_size, size, "tree"));
    status =
        visit_children(at, rn_h5_cursor_make(at->file, body.bytes, body.size), count, found_level);
done:
    rn_h5_drop(&body);
    return status;
}

resnet_status rn_h5_walk_tree(const rn_h5_file *file, uint64_t address, unsigned type,
                              size_t key_size, rn_h5_visit visit, void *user_data)
{
    const walk at = {file, type, key_size, visit, user_data};
    return walk_node(&at, address, ANY_LEVEL);
}

/* Version 2. How wide its fields are follows from how many records fit into a node. */

typedef struct records {
    const rn_h5_file *file;
    unsigned type;
    uint64_t node_size;
    size_t record_size;
    size_t count_width;                /* of a child's own count */
    size_t total_width[MAX_LEVEL + 1]; /* of the count of all below a child at that level */
    rn_h5_visit visit;
    void *user_data;
} records;

#define NODE_OVERHEAD 10 /* letters, version, type, checksum */

/* Bytes that hold any number up to the limit. */
static size_t width_of(uint64_t limit)
{
    return rn_h5_log2(limit) / 8 + 1;
}

static bool set_widths(records *at, unsigned depth)
{
    if (at->node_size <= NODE_OVERHEAD || at->record_size == 0) return false;
    const uint64_t room = at->node_size - NODE_OVERHEAD;
    uint64_t total = room / at->record_size;
    at->count_width = width_of(total);
    at->total_width[0] = 0;
    for (unsigned level = 1; level <= depth; level++) {
        const size_t pointer = at->file->offset_size + at->count_width + at->total_width[level - 1];
        if (room < pointer) return false;
        const uint64_t most = (room - pointer) / (at->record_size + pointer);
        if (__builtin_mul_overflow(most + 1, total, &total) ||
            __builtin_add_overflow(total, most, &total))
            return false;
        at->total_width[level] = width_of(total);
    }
    return true;
}

static resnet_status walk_records(const records *at, uint64_t address, uint64_t count,
                                  unsigned level);

static resnet_status visit_records(const records *at, rn_h5_cursor *cursor, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *record = rn_h5_take_bytes(cursor, at->record_size);
        if (!record) return RESNET_E_INTERNAL; /* the node's size was made of the count */
        const resnet_status status = at->visit(at->user_data, record, at->record_size, 0);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status visit_nodes(const records *at, rn_h5_cursor *cursor, uint64_t count,
                                 unsigned level)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t child = rn_h5_take_address(cursor);
        const uint64_t n_records = rn_h5_take(cursor, at->count_width);
        rn_h5_skip(cursor, at->total_width[level - 1]);
        const resnet_status status = walk_records(at, child, n_records, level - 1);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

/* A node: its records, then one more children than records. Their order does not matter here. */
static resnet_status walk_records(const records *at, uint64_t address, uint64_t count,
                                  unsigned level)
{
    rn_h5_span node = {0};
    const size_t pointer =
        level ? at->file->offset_size + at->count_width + at->total_width[level - 1] : 0;
    uint64_t size = NODE_OVERHEAD + pointer;
    if (count > (at->node_size - NODE_OVERHEAD) / at->record_size)
        return rn_h5_fail_damaged(at->file, "tree", address);
    size += count * (at->record_size + pointer);
    if (size > at->node_size) return rn_h5_fail_damaged(at->file, "tree", address);
    resnet_status status = rn_h5_load_checked(&node, at->file, address, size, "tree");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(at->file, node.bytes, node.size);
    rn_h5_take_magic(&cursor, level ? "BTIN" : "BTLF", 0);
    const bool sound = rn_h5_take(&cursor, 1) == at->type && !cursor.failed;
    status =
        sound ? visit_records(at, &cursor, count) : rn_h5_fail_damaged(at->file, "tree", address);
    if (status == RESNET_OK && level) status = visit_nodes(at, &cursor, count + 1, level);
    rn_h5_drop(&node);
    return status;
}

resnet_status rn_h5_walk_records(const rn_h5_file *file, uint64_t address, unsigned type,
                                 rn_h5_visit visit, void *user_data)
{
    const size_t size = 16 + 2 + 4 + (size_t)file->offset_size + file->length_size;
    records at = {.file = file, .type = type, .visit = visit, .user_data = user_data};
    rn_h5_span span = {0};
    resnet_status status = rn_h5_load_checked(&span, file, address, size, "tree");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    rn_h5_take_magic(&cursor, "BTHD", 0);
    const bool right_type = rn_h5_take(&cursor, 1) == type;
    at.node_size = rn_h5_take(&cursor, 4);
    at.record_size = (size_t)rn_h5_take(&cursor, 2);
    const unsigned depth = (unsigned)rn_h5_take(&cursor, 2);
    rn_h5_skip(&cursor, 2); /* when nodes split and merge */
    const uint64_t root = rn_h5_take_address(&cursor);
    const uint64_t count = rn_h5_take(&cursor, 2);
    const bool sound = !cursor.failed && right_type && depth <= MAX_LEVEL && set_widths(&at, depth);
    rn_h5_drop(&span);
    if (!sound) return rn_h5_fail_damaged(file, "tree", address);
    if (root == RN_H5_UNDEFINED)
        return count ? rn_h5_fail_damaged(file, "tree", address) : RESNET_OK;
    return walk_records(&at, root, count, depth);
}
