/* Arrays in chunks: the layout message and where each chunk lies. Every chunk of the array must be
 * there, so the chunks of a small file are few. SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <inttypes.h>

#define CHUNK_TREE 1
#define RECORD 10          /* type of the records: address, places */
#define FILTERED_RECORD 11 /* address, size, mask, places */

static resnet_status fail_chunks(const rn_h5_dataset *set)
{
    return rn_fail(RESNET_E_FORMAT, "%s: a damaged list of chunks", set->path);
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
    return value / by + (value % by > 0);
}

/* Extents of a chunk, the last being an element's bytes. */
static bool take_extents(rn_h5_dataset *set, rn_h5_cursor *cursor, size_t count, size_t width)
{
    if (count != set->space.n_dims + 1 || count < 2 || width < 1 || width > 8) return false;
    set->chunk_size = set->type.size;
    for (size_t i = 0; i + 1 < count; i++) {
        set->chunk[i] = rn_h5_take(cursor, width);
        if (set->chunk[i] == 0 ||
            __builtin_mul_overflow(set->chunk_size, set->chunk[i], &set->chunk_size) ||
            set->chunk_size > UINT32_MAX)
            return false;
        set->grid[i] = divide_up(set->space.dims[i], set->chunk[i]);
        set->max_grid[i] = set->space.max_dims[i] == UINT64_MAX
                               ? UINT64_MAX
                               : divide_up(set->space.max_dims[i], set->chunk[i]);
    }
    return rn_h5_take(cursor, width) == set->type.size;
}

static bool parse_tree(rn_h5_dataset *set, rn_h5_cursor *cursor)
{
    const size_t count = (size_t)rn_h5_take(cursor, 1);
    set->index = RN_H5_INDEX_TREE;
    set->address = rn_h5_take_address(cursor);
    return take_extents(set, cursor, count, 4);
}

/* The index that version 4 names, with what is told of it here. */
static bool parse_index(rn_h5_dataset *set, rn_h5_cursor *cursor, unsigned flags)
{
    static const unsigned char SKIPPED[] = {
        [RN_H5_INDEX_IMPLICIT] = 0,
        [RN_H5_INDEX_FIXED_ARRAY] = 1,
        [RN_H5_INDEX_EXTENSIBLE_ARRAY] = 5,
        [RN_H5_INDEX_RECORDS] = 6,
    };
    const unsigned kind = (unsigned)rn_h5_take(cursor, 1);
    if (kind < RN_H5_INDEX_SINGLE || kind > RN_H5_INDEX_RECORDS) return false;
    set->index = (enum rn_h5_index_kind)kind;
    if (set->index == RN_H5_INDEX_SINGLE) {
        set->single.size = flags & 2 ? rn_h5_take_length(cursor) : set->chunk_size;
        set->single.mask = flags & 2 ? (uint32_t)rn_h5_take(cursor, 4) : 0;
    } else {
        rn_h5_skip(cursor, SKIPPED[kind]);
    }
    set->address = rn_h5_take_address(cursor);
    return true;
}

static bool parse_new(rn_h5_dataset *set, rn_h5_cursor *cursor)
{
    const unsigned flags = (unsigned)rn_h5_take(cursor, 1);
    const size_t count = (size_t)rn_h5_take(cursor, 1);
    const size_t width = (size_t)rn_h5_take(cursor, 1);
    set->plain_edges = flags & 1;
    return (flags & ~3u) == 0 && take_extents(set, cursor, count, width) &&
           parse_index(set, cursor, flags);
}

resnet_status rn_h5_parse_chunks(rn_h5_dataset *set, rn_h5_cursor *cursor, unsigned version)
{
    const bool ok = version == 3 ? parse_tree(set, cursor) : parse_new(set, cursor);
    if (ok && !cursor->failed) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "%s: a damaged layout of chunks", set->path);
}

static bool reaches_over_edge(const rn_h5_dataset *set, const uint64_t *place)
{
    for (size_t i = 0; i < set->space.n_dims; i++)
        if (place[i] + 1 == set->grid[i] && set->space.dims[i] % set->chunk[i] != 0) return true;
    return false;
}

resnet_status rn_h5_put_chunk(rn_h5_dataset *set, const uint64_t *place, uint64_t address,
                              uint64_t size, uint32_t mask)
{
    uint64_t index = 0;
    if (address == RN_H5_UNDEFINED) return RESNET_OK;
    for (size_t i = 0; i < set->space.n_dims; i++) {
        if (place[i] >= set->grid[i]) return RESNET_OK; /* the array was larger once */
        index = index * set->grid[i] + place[i];
    }
    rn_h5_chunk *chunk = &set->chunks[index];
    if (set->plain_edges && reaches_over_edge(set, place)) mask = UINT32_MAX;
    if (chunk->address != RN_H5_UNDEFINED || !rn_h5_is_inside(set->file, address, size) ||
        !rn_h5_is_plausible(&set->filters, mask, size, set->chunk_size))
        return fail_chunks(set);
    *chunk = (rn_h5_chunk){address, size, mask};
    set->n_found++;
    set->stored += size;
    return set->stored <= set->file->size ? RESNET_OK
                                          : fail_chunks(set); /* chunks do not overlap */
}

/* Row-major over max_grid, but an unlimited dimension comes first. */
resnet_status rn_h5_put_element(rn_h5_dataset *set, uint64_t index, const unsigned char *element,
                                size_t size)
{
    const size_t n = set->space.n_dims;
    rn_h5_cursor cursor = rn_h5_cursor_make(set->file, element, size);
    uint64_t place[RN_H5_MAX_DIMS];
    size_t endless = 0;
    for (size_t i = 0; i < n; i++)
        if (set->max_grid[i] == UINT64_MAX) endless = i;
    for (size_t i = n; i-- > 0;) {
        if (i == endless) continue;
        place[i] = index % set->max_grid[i];
        index /= set->max_grid[i];
    }
    place[endless] = index;
    const uint64_t address = rn_h5_take_address(&cursor);
    const size_t rest = cursor.left;
    if (rest == 0) return rn_h5_put_chunk(set, place, address, set->chunk_size, 0);
    if (rest < 5 || rest > 12 || cursor.failed) return fail_chunks(set);
    const uint64_t stored = rn_h5_take(&cursor, rest - 4);
    return rn_h5_put_chunk(set, place, address, stored, (uint32_t)rn_h5_take(&cursor, 4));
}

/* A key: size, mask, the first element's place, a zero. */
static resnet_status visit_key(void *user_data, const unsigned char *key, size_t key_size,
                               uint64_t child)
{
    rn_h5_dataset *set = user_data;
    uint64_t place[RN_H5_MAX_DIMS];
    rn_h5_cursor cursor = rn_h5_cursor_make(set->file, key, key_size);
    const uint64_t size = rn_h5_take(&cursor, 4);
    const uint32_t mask = (uint32_t)rn_h5_take(&cursor, 4);
    for (size_t i = 0; i < set->space.n_dims; i++) {
        const uint64_t first = rn_h5_take(&cursor, 8);
        if (first % set->chunk[i] != 0) return fail_chunks(set);
        place[i] = first / set->chunk[i];
    }
    if (cursor.failed || child == RN_H5_UNDEFINED) return fail_chunks(set);
    return rn_h5_put_chunk(set, place, child, size, mask);
}

static resnet_status visit_record(void *user_data, const unsigned char *record, size_t size,
                                  uint64_t child)
{
    rn_h5_dataset *set = user_data;
    const size_t n = set->space.n_dims, places_size = 8 * n;
    uint64_t place[RN_H5_MAX_DIMS], stored = set->chunk_size;
    uint32_t mask = 0;
    (void)child;
    rn_h5_cursor cursor = rn_h5_cursor_make(set->file, record, size);
    const uint64_t address = rn_h5_take_address(&cursor);
    if (set->filters.count > 0) {
        if (cursor.left < places_size + 5 || cursor.left > places_size + 12)
            return fail_chunks(set);
        stored = rn_h5_take(&cursor, cursor.left - places_size - 4);
        mask = (uint32_t)rn_h5_take(&cursor, 4);
    }
    for (size_t i = 0; i < n; i++) place[i] = rn_h5_take(&cursor, 8);
    if (cursor.failed || address == RN_H5_UNDEFINED) return fail_chunks(set);
    return rn_h5_put_chunk(set, place, address, stored, mask);
}

/* All chunks in their order, one behind the other. */
static resnet_status put_implicit(rn_h5_dataset *set)
{
    uint64_t count = 1, size;
    unsigned char element[8];
    for (size_t i = 0; i < set->space.n_dims; i++)
        if (__builtin_mul_overflow(count, set->max_grid[i], &count)) return fail_chunks(set);
    if (__builtin_mul_overflow(count, set->chunk_size, &size) ||
        !rn_h5_is_inside(set->file, set->address, size))
        return fail_chunks(set);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t address = set->address + i * set->chunk_size;
        for (size_t k = 0; k < sizeof element; k++) element[k] = (unsigned char)(address >> 8 * k);
        const resnet_status status = rn_h5_put_element(set, i, element, set->file->offset_size);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status find_chunks(rn_h5_dataset *set)
{
    const uint64_t first[RN_H5_MAX_DIMS] = {0};
    switch (set->index) {
    case RN_H5_INDEX_TREE:
        return rn_h5_walk_tree(set->file, set->address, CHUNK_TREE, 8 + 8 * (set->space.n_dims + 1),
                               visit_key, set);
    case RN_H5_INDEX_SINGLE:
        return rn_h5_put_chunk(set, first, set->address, set->single.size, set->single.mask);
    case RN_H5_INDEX_IMPLICIT:
        return put_implicit(set);
    case RN_H5_INDEX_FIXED_ARRAY:
        return rn_h5_index_fixed_array(set);
    case RN_H5_INDEX_EXTENSIBLE_ARRAY:
        return rn_h5_index_extensible_array(set);
    case RN_H5_INDEX_RECORDS:
        return rn_h5_walk_records(set->file, set->address,
                                  set->filters.count ? FILTERED_RECORD : RECORD, visit_record, set);
    }
    return RESNET_E_INTERNAL;
}

static resnet_status make_table(rn_h5_dataset *set)
{
    set->n_chunks = 1;
    for (size_t i = 0; i < set->space.n_dims; i++)
        if (__builtin_mul_overflow(set->n_chunks, set->grid[i], &set->n_chunks) ||
            set->n_chunks > set->file->size)
            return rn_fail(RESNET_E_FORMAT, "%s: holds no data for most of its elements",
                           set->path);
    const resnet_status status =
        rn_budget_spend_array(set->file->budget, set->n_chunks, sizeof *set->chunks, "HDF5");
    if (status != RESNET_OK) return status;
    set->chunks = rn_alloc((size_t)set->n_chunks, sizeof *set->chunks);
    if (!set->chunks) return RESNET_E_NOMEM;
    for (uint64_t i = 0; i < set->n_chunks; i++)
        set->chunks[i] = (rn_h5_chunk){RN_H5_UNDEFINED, 0, 0};
    return RESNET_OK;
}

resnet_status rn_h5_index_chunks(rn_h5_dataset *set)
{
    if (set->space.count == 0) return RESNET_OK;
    if (set->address == RN_H5_UNDEFINED)
        return rn_fail(RESNET_E_FORMAT, "%s: holds no data", set->path);
    resnet_status status = make_table(set);
    if (status == RESNET_OK) status = find_chunks(set);
    if (status == RESNET_OK && set->n_found != set->n_chunks)
        status =
            rn_fail(RESNET_E_FORMAT, "%s: holds no data for %" PRIu64 " of its %" PRIu64 " chunks",
                    set->path, set->n_chunks - set->n_found, set->n_chunks);
    return status;
}

resnet_status rn_h5_unpack_chunk(rn_h5_span *out, const rn_h5_dataset *set, uint64_t index,
                                 rn_budget *budget)
{
    const rn_h5_chunk *chunk = &set->chunks[index];
    rn_h5_span span = {0};
    resnet_status status =
        budget ? rn_budget_spend(budget, set->chunk_size + chunk->size, set->path) : RESNET_OK;
    if (status == RESNET_OK)
        status = rn_h5_view(&span, set->file, chunk->address, chunk->size, "chunk");
    if (status == RESNET_OK)
        status = rn_h5_unfilter(&span, &set->filters, chunk->mask, set->chunk_size, set->path);
    if (status == RESNET_OK)
        *out = span;
    else
        rn_h5_drop(&span);
    return status;
}
