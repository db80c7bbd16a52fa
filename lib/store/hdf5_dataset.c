/* Arrays: checked when they are opened, then read by rows, whatever their layout.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <string.h>

static resnet_status fail_dataset(const rn_h5_dataset *set)
{
    return rn_fail(RESNET_E_FORMAT, "%s: a damaged dataset", set->path);
}

/* The message that every dataset has. */
static const rn_h5_message *require(const rn_h5_object *object, enum rn_h5_message_type type)
{
    const rn_h5_message *message = rn_h5_find_message(object, type);
    return message && (!message->shared || type == RN_H5_MESSAGE_TYPE) ? message : NULL;
}

static bool set_data_size(rn_h5_dataset *set)
{
    return !__builtin_mul_overflow(set->space.count, set->type.size, &set->data_size);
}

static resnet_status parse_compact(rn_h5_dataset *set, rn_h5_cursor *cursor)
{
    const uint64_t size = rn_h5_take(cursor, 2);
    const unsigned char *bytes = rn_h5_take_bytes(cursor, (size_t)size);
    if (!bytes || size != set->data_size) return fail_dataset(set);
    set->layout = RN_H5_COMPACT;
    set->compact = rn_alloc((size_t)size, 1);
    if (!set->compact) return RESNET_E_NOMEM;
    if (size > 0) memcpy(set->compact, bytes, (size_t)size);
    return RESNET_OK;
}

static resnet_status parse_contiguous(rn_h5_dataset *set, rn_h5_cursor *cursor)
{
    set->layout = RN_H5_CONTIGUOUS;
    set->address = rn_h5_take_address(cursor);
    const uint64_t size = rn_h5_take_length(cursor);
    if (cursor->failed) return fail_dataset(set);
    if (set->data_size == 0) return RESNET_OK;
    if (set->address == RN_H5_UNDEFINED)
        return rn_fail(RESNET_E_FORMAT, "%s: holds no data", set->path);
    return size == set->data_size && rn_h5_is_inside(set->file, set->address, size)
               ? RESNET_OK
               : fail_dataset(set);
}

static resnet_status parse_layout(rn_h5_dataset *set, const rn_h5_message *message)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(set->file, message->bytes, message->size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned layout = (unsigned)rn_h5_take(&cursor, 1);
    resnet_status status;
    if (version != 3 && version != 4)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: a layout of version %u", set->path, version);
    if (layout == 3) return rn_fail(RESNET_E_UNSUPPORTED, "%s: kept outside the file", set->path);
    if (layout > 3) return fail_dataset(set);
    if (layout == RN_H5_CHUNKED) {
        set->layout = RN_H5_CHUNKED;
        RN_TRY(rn_h5_parse_chunks(set, &cursor, version));
        return rn_h5_index_chunks(set);
    }
    if (set->filters.count > 0 || !set_data_size(set)) return fail_dataset(set);
    return layout == RN_H5_COMPACT ? parse_compact(set, &cursor) : parse_contiguous(set, &cursor);
done:
    return status;
}

static resnet_status parse(rn_h5_dataset *set, const rn_h5_object *object)
{
    const rn_h5_message *space = require(object, RN_H5_MESSAGE_SPACE);
    const rn_h5_message *type = require(object, RN_H5_MESSAGE_TYPE);
    const rn_h5_message *layout = require(object, RN_H5_MESSAGE_LAYOUT);
    const rn_h5_message *filters = rn_h5_find_message(object, RN_H5_MESSAGE_FILTERS);
    resnet_status status;
    if (!space || !type || !layout) return fail_dataset(set);
    if (rn_h5_find_message(object, RN_H5_MESSAGE_EXTERNAL))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: kept outside the file", set->path);
    RN_TRY(rn_h5_parse_space(&set->space, set->file, space->bytes, space->size));
    RN_TRY(rn_h5_parse_type(&set->type, set->file, type->bytes, type->size, type->shared));
    if (filters) RN_TRY(rn_h5_parse_filters(&set->filters, set->file, filters, set->path));
    status = parse_layout(set, layout);
done:
    return status;
}

resnet_status rn_h5_dataset_open(rn_h5_dataset **out, const rn_h5_object *object, const char *path)
{
    const rn_h5_file *file = object->file;
    if (object->kind != RN_H5_DATASET) return rn_fail(RESNET_E_FORMAT, "HDF5: no dataset %s", path);
    resnet_status status =
        rn_budget_spend(file->budget, sizeof(rn_h5_dataset) + strlen(path) + 64, path);
    if (status != RESNET_OK) return status;
    rn_h5_dataset *set = rn_calloc(1, sizeof *set);
    if (!set) return RESNET_E_NOMEM;
    set->file = file;
    set->address = RN_H5_UNDEFINED;
    set->path = rn_strdup(path);
    status = set->path ? parse(set, object) : RESNET_E_NOMEM;
    if (status == RESNET_OK)
        *out = set;
    else
        rn_h5_dataset_free(set);
    return status;
}

void rn_h5_dataset_free(rn_h5_dataset *set)
{
    if (!set) return;
    rn_h5_cache_free(set->cache);
    rn_free(set->chunks);
    rn_free(set->compact);
    rn_free(set->path);
    rn_free(set);
}

rn_h5_type rn_h5_dataset_get_type(const rn_h5_dataset *set)
{
    return set->type;
}

size_t rn_h5_dataset_get_dims(const rn_h5_dataset *set, uint64_t dims[RN_H5_MAX_DIMS])
{
    for (size_t i = 0; i < set->space.n_dims; i++) dims[i] = set->space.dims[i];
    return set->space.n_dims;
}

const unsigned char *rn_h5_dataset_get_bytes(const rn_h5_dataset *set)
{
    const rn_h5_file *file = set->file;
    if (set->layout == RN_H5_COMPACT) return set->compact;
    if (set->layout != RN_H5_CONTIGUOUS || !file->bytes || set->data_size == 0) return NULL;
    return file->bytes + file->base + set->address;
}

resnet_status rn_h5_dataset_keep_pieces(rn_h5_dataset *set, size_t capacity)
{
    if (set->layout != RN_H5_CHUNKED || set->cache) return RESNET_OK;
    const resnet_status status = rn_budget_spend(set->file->budget, set->chunk_size, set->path);
    if (status != RESNET_OK) return status;
    return rn_h5_cache_create(&set->cache, (size_t)set->chunk_size, capacity);
}

/* The rows wanted of a chunked array, and the chunk at hand. */
typedef struct reading {
    const rn_h5_dataset *set;
    uint64_t first, count; /* rows */
    uint64_t place[RN_H5_MAX_DIMS];
    uint64_t low[RN_H5_MAX_DIMS], high[RN_H5_MAX_DIMS]; /* elements of it that are wanted */
    unsigned char *out;
} reading;

static void set_box(reading *at)
{
    const rn_h5_dataset *set = at->set;
    for (size_t i = 0; i < set->space.n_dims; i++) {
        const uint64_t start = at->place[i] * set->chunk[i];
        const uint64_t left = set->space.dims[i] - start;
        at->low[i] = start;
        at->high[i] = start + (left < set->chunk[i] ? left : set->chunk[i]);
    }
    if (at->low[0] < at->first) at->low[0] = at->first;
    if (at->high[0] > at->first + at->count) at->high[0] = at->first + at->count;
}

/* Moves to the next run of the box along the last dimension. */
static bool next_run(const reading *at, uint64_t index[RN_H5_MAX_DIMS])
{
    for (size_t i = at->set->space.n_dims - 1; i-- > 0;) {
        if (++index[i] < at->high[i]) return true;
        index[i] = at->low[i];
    }
    return false;
}

static void copy_box(const reading *at, const unsigned char *chunk)
{
    const rn_h5_dataset *set = at->set;
    const size_t n = set->space.n_dims, size = set->type.size;
    uint64_t index[RN_H5_MAX_DIMS];
    memcpy(index, at->low, sizeof index);
    do {
        uint64_t from = 0, to = 0;
        for (size_t i = 0; i < n; i++) {
            from = from * set->chunk[i] + (index[i] - at->place[i] * set->chunk[i]);
            to = i ? to * set->space.dims[i] + index[i] : index[0] - at->first;
        }
        memcpy(at->out + to * size, chunk + from * size,
               (size_t)(at->high[n - 1] - at->low[n - 1]) * size);
    } while (next_run(at, index));
}

static resnet_status read_chunk(reading *at, rn_budget *budget)
{
    const rn_h5_dataset *set = at->set;
    rn_h5_span span = {0};
    rn_h5_loan loan = {0};
    uint64_t index = 0;
    for (size_t i = 0; i < set->space.n_dims; i++) index = index * set->grid[i] + at->place[i];
    set_box(at);
    const resnet_status status = set->cache
                                     ? rn_h5_cache_borrow(&loan, set->cache, set, index, budget)
                                     : rn_h5_unpack_chunk(&span, set, index, budget);
    if (status == RESNET_OK) copy_box(at, set->cache ? loan.bytes : span.bytes);
    if (set->cache && status == RESNET_OK) rn_h5_cache_give_back(set->cache, &loan);
    rn_h5_drop(&span);
    return status;
}

/* All chunks that have some of the rows. */
static resnet_status read_chunks(reading *at, rn_budget *budget)
{
    const rn_h5_dataset *set = at->set;
    const uint64_t last_row = (at->first + at->count - 1) / set->chunk[0];
    at->place[0] = at->first / set->chunk[0];
    for (;;) {
        const resnet_status status = read_chunk(at, budget);
        if (status != RESNET_OK) return status;
        size_t i = set->space.n_dims;
        while (i-- > 0) {
            if (++at->place[i] < (i ? set->grid[i] : last_row + 1)) break;
            if (i == 0) return RESNET_OK;
            at->place[i] = 0;
        }
    }
}

static uint64_t row_size(const rn_h5_dataset *set)
{
    uint64_t size = set->type.size; /* its product with all rows lies in the file or its chunks */
    for (size_t i = 1; i < set->space.n_dims; i++) size *= set->space.dims[i];
    return size;
}

resnet_status rn_h5_dataset_read_rows(const rn_h5_dataset *set, uint64_t first, uint64_t count,
                                      void *out, rn_budget *budget)
{
    const uint64_t n_rows = set->space.n_dims ? set->space.dims[0] : 1;
    if (first > n_rows || count > n_rows - first)
        return rn_fail(RESNET_E_INVALID, "%s: no such rows", set->path);
    if (count == 0 || set->space.count == 0) return RESNET_OK;
    if (set->layout == RN_H5_CHUNKED) {
        reading at = {.set = set, .first = first, .count = count, .out = out};
        return read_chunks(&at, budget);
    }
    const uint64_t size = row_size(set);
    if (set->layout == RN_H5_CONTIGUOUS)
        return rn_h5_copy(set->file, set->address + first * size, count * size, out, "dataset");
    memcpy(out, (const unsigned char *)set->compact + first * size, (size_t)(count * size));
    return RESNET_OK;
}

resnet_status rn_h5_dataset_read(const rn_h5_dataset *set, void *out, rn_budget *budget)
{
    return rn_h5_dataset_read_rows(set, 0, set->space.n_dims ? set->space.dims[0] : 1, out, budget);
}

static void reverse(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        const unsigned char byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

resnet_status rn_h5_dataset_read_native(const rn_h5_dataset *set, void *out, rn_budget *budget)
{
    const resnet_status status = rn_h5_dataset_read(set, out, budget);
    const bool number = set->type.class == RN_H5_INTEGER || set->type.class == RN_H5_FLOAT;
    if (status != RESNET_OK || !number || !set->type.big_endian) return status;
    unsigned char *bytes = out;
    for (uint64_t i = 0; i < set->space.count; i++)
        reverse(bytes + i * set->type.size, set->type.size);
    return RESNET_OK;
}
