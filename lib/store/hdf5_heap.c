/* Fractal heaps: a square of blocks whose rows double in size; what is too large lies outside of
 * it, found by a tree, and what is tiny in its own identifier. SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <string.h>

#define HUGE_RECORD 1 /* type of the tree's records: address, length, identifier */

typedef struct block {
    uint64_t start, size; /* in the heap's own space; size 0: not of that space */
    rn_h5_span span;
} block;

struct rn_h5_heap {
    const rn_h5_file *file;
    uint64_t address;
    size_t id_size;
    bool has_checksums;
    uint64_t huge_tree;
    uint64_t width;       /* blocks of a row */
    uint64_t first_size;  /* bytes of a block in rows 0 and 1 */
    uint64_t max_size;    /* of a block of objects; larger ones hold blocks */
    unsigned offset_bits; /* of the heap's space */
    uint64_t root;
    unsigned n_rows; /* 0: the root is a block of objects */
    size_t offset_width, length_width;
    block *blocks; /* those looked at so far */
    size_t n_blocks, capacity;
};

static resnet_status fail_heap(const rn_h5_heap *heap)
{
    return rn_h5_fail_damaged(heap->file, "heap", heap->address);
}

static bool is_power(uint64_t value)
{
    return value && (value & (value - 1)) == 0;
}

static size_t header_size(const rn_h5_file *file)
{
    return 22 + 12 * (size_t)file->length_size + 3 * (size_t)file->offset_size + 4;
}

static bool parse_header(rn_h5_heap *heap, rn_h5_cursor *cursor)
{
    rn_h5_take_magic(cursor, "FRHP", 0);
    heap->id_size = (size_t)rn_h5_take(cursor, 2);
    const uint64_t filters_size = rn_h5_take(cursor, 2);
    heap->has_checksums = rn_h5_take(cursor, 1) & 2;
    const uint64_t max_object = rn_h5_take(cursor, 4);
    rn_h5_skip(cursor, cursor->length_size);
    heap->huge_tree = rn_h5_take_address(cursor);
    rn_h5_skip(cursor, 9 * (size_t)cursor->length_size + cursor->offset_size); /* statistics */
    heap->width = rn_h5_take(cursor, 2);
    heap->first_size = rn_h5_take_length(cursor);
    heap->max_size = rn_h5_take_length(cursor);
    heap->offset_bits = (unsigned)rn_h5_take(cursor, 2);
    rn_h5_skip(cursor, 2);
    heap->root = rn_h5_take_address(cursor);
    heap->n_rows = (unsigned)rn_h5_take(cursor, 2);
    heap->offset_width = (heap->offset_bits + 7) / 8;
    const size_t by_block = (rn_h5_log2(heap->max_size) + 7) / 8;
    const size_t by_object = rn_h5_log2(max_object) / 8 + 1;
    heap->length_width = by_block < by_object ? by_block : by_object;
    return !cursor->failed && filters_size == 0 && is_power(heap->width) &&
           is_power(heap->first_size) && is_power(heap->max_size) &&
           heap->first_size <= heap->max_size && heap->max_size <= UINT32_MAX &&
           heap->offset_bits <= 64 && heap->n_rows <= 64 && heap->id_size >= 1;
}

resnet_status rn_h5_heap_open(rn_h5_heap **out, const rn_h5_file *file, uint64_t address)
{
    rn_h5_span span = {0};
    rn_h5_heap *heap = rn_calloc(1, sizeof *heap);
    if (!heap) return RESNET_E_NOMEM;
    heap->file = file;
    heap->address = address;
    resnet_status status = rn_h5_load_checked(&span, file, address, header_size(file), "heap");
    if (status == RESNET_OK) {
        rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
        if (!parse_header(heap, &cursor)) status = fail_heap(heap);
    }
    rn_h5_drop(&span);
    if (status == RESNET_OK)
        *out = heap;
    else
        rn_free(heap);
    return status;
}

void rn_h5_heap_close(rn_h5_heap *heap)
{
    if (!heap) return;
    for (size_t i = 0; i < heap->n_blocks; i++) rn_h5_drop(&heap->blocks[i].span);
    rn_free(heap->blocks);
    rn_free(heap);
}

/* Takes the span over. */
static resnet_status keep(rn_h5_heap *heap, uint64_t start, uint64_t size, rn_h5_span *span)
{
    const resnet_status status = rn_h5_grow(heap->file, &heap->blocks, heap->n_blocks,
                                            &heap->capacity, sizeof *heap->blocks);
    if (status == RESNET_OK)
        heap->blocks[heap->n_blocks++] = (block){start, size, *span};
    else
        rn_h5_drop(span);
    return status;
}

/* The checksum of a block of objects stands in its middle, taken of the block with zeros there. */
static resnet_status check_block(const rn_h5_heap *heap, const rn_h5_span *span, size_t at)
{
    if (!heap->has_checksums) return RESNET_OK;
    unsigned char *copy = rn_alloc(span->size, 1);
    if (!copy) return RESNET_E_NOMEM;
    memcpy(copy, span->bytes, span->size);
    memset(copy + at, 0, 4);
    rn_h5_cursor cursor = rn_h5_cursor_make(heap->file, span->bytes + at, 4);
    const bool same = rn_h5_take(&cursor, 4) == rn_h5_checksum(copy, span->size);
    rn_free(copy);
    return same ? RESNET_OK : fail_heap(heap);
}

static resnet_status load_objects(rn_h5_heap *heap, uint64_t address, uint64_t start, uint64_t size)
{
    rn_h5_span span = {0};
    resnet_status status = rn_h5_load(&span, heap->file, address, size, "heap");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(heap->file, span.bytes, span.size);
    rn_h5_take_magic(&cursor, "FHDB", 0);
    const bool own = rn_h5_take_address(&cursor) == heap->address;
    const bool here = rn_h5_take(&cursor, heap->offset_width) == start;
    const size_t at = (size_t)(cursor.at - span.bytes);
    rn_h5_skip(&cursor, 4);
    status = own && here && !cursor.failed ? check_block(heap, &span, at) : fail_heap(heap);
    if (status == RESNET_OK) return keep(heap, start, size, &span);
    rn_h5_drop(&span);
    return status;
}

static uint64_t row_block_size(const rn_h5_heap *heap, unsigned row)
{
    return row == 0 ? heap->first_size : heap->first_size << (row - 1);
}

/* Rows of a block of blocks that spans `size` bytes of the space. */
static unsigned count_rows(const rn_h5_heap *heap, uint64_t size)
{
    return rn_h5_log2(size) - rn_h5_log2(heap->first_size) - rn_h5_log2(heap->width) + 1;
}

/* Row and column of an offset within a block of blocks, and where the block there starts. */
static void locate(const rn_h5_heap *heap, uint64_t offset, unsigned *row, uint64_t *column,
                   uint64_t *start)
{
    const uint64_t first_row = heap->first_size * heap->width;
    *row = offset < first_row ? 0 : rn_h5_log2(offset) - rn_h5_log2(first_row) + 1;
    const uint64_t row_start = *row ? first_row << (*row - 1) : 0;
    *column = (offset - row_start) / row_block_size(heap, *row);
    *start = row_start + *column * row_block_size(heap, *row);
}

/* The address of the block at (row, column) of the block of blocks at `address`. */
static resnet_status find_child(uint64_t *out, const rn_h5_heap *heap, uint64_t address,
                                uint64_t start, unsigned n_rows, unsigned row, uint64_t column)
{
    const rn_h5_file *file = heap->file;
    rn_h5_span span = {0};
    if (row >= n_rows) return fail_heap(heap);
    const uint64_t size =
        5 + file->offset_size + heap->offset_width + n_rows * heap->width * file->offset_size + 4;
    const resnet_status status = rn_h5_load_checked(&span, file, address, size, "heap");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    rn_h5_take_magic(&cursor, "FHIB", 0);
    const bool own = rn_h5_take_address(&cursor) == heap->address;
    const bool here = rn_h5_take(&cursor, heap->offset_width) == start;
    rn_h5_skip(&cursor, (size_t)((row * heap->width + column) * file->offset_size));
    *out = rn_h5_take_address(&cursor);
    rn_h5_drop(&span);
    return own && here && !cursor.failed ? RESNET_OK : fail_heap(heap);
}

/* Rows are at most 64, and each step down at least halves what is spanned. */
static resnet_status load_block_of(rn_h5_heap *heap, uint64_t offset)
{
    uint64_t address = heap->root, start = 0;
    unsigned n_rows = heap->n_rows;
    const unsigned n_object_rows = rn_h5_log2(heap->max_size) - rn_h5_log2(heap->first_size) + 2;
    if (n_rows == 0) return load_objects(heap, address, 0, heap->first_size);
    for (;;) {
        unsigned row;
        uint64_t column, child_start;
        locate(heap, offset - start, &row, &column, &child_start);
        const resnet_status status =
            find_child(&address, heap, address, start, n_rows, row, column);
        if (status != RESNET_OK) return status;
        start += child_start;
        const uint64_t size = row_block_size(heap, row);
        if (row < n_object_rows) return load_objects(heap, address, start, size);
        if (size < heap->first_size * heap->width) return fail_heap(heap);
        n_rows = count_rows(heap, size);
    }
}

static const block *find_block(const rn_h5_heap *heap, uint64_t offset)
{
    for (size_t i = 0; i < heap->n_blocks; i++) {
        const block *one = &heap->blocks[i];
        if (one->size && offset >= one->start && offset - one->start < one->size) return one;
    }
    return NULL;
}

static resnet_status get_managed(rn_h5_heap *heap, rn_h5_cursor *id, const unsigned char **out,
                                 size_t *out_size)
{
    const uint64_t offset = rn_h5_take(id, heap->offset_width);
    const uint64_t size = rn_h5_take(id, heap->length_width);
    if (id->failed) return fail_heap(heap);
    resnet_status status = rn_budget_spend_array(heap->file->budget, heap->n_blocks, 8, "HDF5");
    if (status == RESNET_OK && !find_block(heap, offset)) status = load_block_of(heap, offset);
    if (status != RESNET_OK) return status;
    const block *home = find_block(heap, offset);
    if (!home || size > home->size - (offset - home->start)) return fail_heap(heap);
    *out = home->span.bytes + (offset - home->start);
    *out_size = (size_t)size;
    return RESNET_OK;
}

static resnet_status get_tiny(rn_h5_heap *heap, unsigned first, rn_h5_cursor *id,
                              const unsigned char **out, size_t *out_size)
{
    const size_t size = (first & 15) + 1;
    const unsigned char *bytes = rn_h5_take_bytes(id, size);
    if (!bytes || heap->id_size > 17) return fail_heap(heap);
    unsigned char *copy = rn_alloc(size, 1);
    if (!copy) return RESNET_E_NOMEM;
    memcpy(copy, bytes, size);
    *out = copy;
    *out_size = size;
    rn_h5_span span = {copy, size, copy};
    return keep(heap, 0, 0, &span);
}

typedef struct search {
    const rn_h5_file *file;
    uint64_t id, address, size;
    bool found;
} search;

static resnet_status visit_huge(void *user_data, const unsigned char *record, size_t size,
                                uint64_t child)
{
    search *wanted = user_data;
    (void)child;
    rn_h5_cursor cursor = rn_h5_cursor_make(wanted->file, record, size);
    const uint64_t address = rn_h5_take_address(&cursor);
    const uint64_t length = rn_h5_take_length(&cursor);
    if (rn_h5_take_length(&cursor) == wanted->id && !cursor.failed) {
        wanted->address = address;
        wanted->size = length;
        wanted->found = true;
    }
    return RESNET_OK;
}

static resnet_status get_huge(rn_h5_heap *heap, rn_h5_cursor *id, const unsigned char **out,
                              size_t *out_size)
{
    const rn_h5_file *file = heap->file;
    search wanted = {.file = file};
    rn_h5_span span = {0};
    resnet_status status;
    if (heap->id_size > (size_t)file->offset_size + file->length_size) { /* it says where */
        wanted.address = rn_h5_take_address(id);
        wanted.size = rn_h5_take_length(id);
        wanted.found = !id->failed;
    } else {
        const size_t width = heap->id_size - 1;
        wanted.id = rn_h5_take(id, width < file->length_size ? width : file->length_size);
        if (id->failed) return fail_heap(heap);
        RN_TRY(rn_h5_walk_records(file, heap->huge_tree, HUGE_RECORD, visit_huge, &wanted));
    }
    if (!wanted.found) return fail_heap(heap);
    RN_TRY(rn_h5_load(&span, file, wanted.address, wanted.size, "heap"));
    *out = span.bytes;
    *out_size = span.size;
    status = keep(heap, 0, 0, &span);
done:
    return status;
}

resnet_status rn_h5_heap_get(rn_h5_heap *heap, const unsigned char *id, size_t id_size,
                             const unsigned char **out, size_t *out_size)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(heap->file, id, id_size);
    const unsigned first = (unsigned)rn_h5_take(&cursor, 1);
    if (id_size < heap->id_size || first >> 6 != 0) return fail_heap(heap);
    cursor.left = heap->id_size - 1;
    switch (first >> 4 & 3) {
    case 0:
        return get_managed(heap, &cursor, out, out_size);
    case 1:
        return get_huge(heap, &cursor, out, out_size);
    case 2:
        return get_tiny(heap, first, &cursor, out, out_size);
    default:
        return fail_heap(heap);
    }
}
