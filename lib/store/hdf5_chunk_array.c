/* Two indexes of chunks by number: the fixed array, and the extensible array of blocks that grow.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

typedef struct array {
    rn_h5_dataset *set;
    uint64_t address;   /* of the header, which blocks refer to */
    unsigned client;    /* 1: elements tell size and mask */
    size_t size;        /* bytes of an element */
    unsigned page_bits; /* blocks of more elements than 2^page_bits are cut into pages */
    uint64_t needed;    /* elements that matter: those after are of no chunk */
    /* fixed arrays */
    uint64_t count;
    /* extensible arrays */
    unsigned max_bits;     /* of an element's number */
    uint64_t n_first;      /* elements in the index block itself */
    uint64_t least;        /* elements of the smallest block */
    uint64_t least_blocks; /* addresses of the smallest super block */
    uint64_t block;        /* the index block, or the fixed array's only one */
} array;

static resnet_status fail_array(const array *at)
{
    return rn_fail(RESNET_E_FORMAT, "%s: a damaged list of chunks", at->set->path);
}

/* An element is an address, and for filtered chunks a size and a mask. */
static bool has_sound_elements(const array *at)
{
    const unsigned filtered = at->set->filters.count > 0;
    const size_t address = at->set->file->offset_size;
    return at->client == filtered &&
           (filtered ? at->size >= address + 5 && at->size <= address + 12 : at->size == address) &&
           at->page_bits < 32;
}

static resnet_status put_elements(const array *at, uint64_t first, uint64_t count,
                                  rn_h5_cursor *cursor)
{
    for (uint64_t i = 0; i < count && first + i < at->needed; i++) {
        const unsigned char *element = rn_h5_take_bytes(cursor, at->size);
        if (!element) return fail_array(at);
        const resnet_status status = rn_h5_put_element(at->set, first + i, element, at->size);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

/* The pages behind a block's head, each with a checksum; a bit tells which were ever written. */
static resnet_status put_pages(const array *at, uint64_t address, uint64_t first, uint64_t count,
                               const unsigned char *written, uint64_t first_bit)
{
    const uint64_t per_page = UINT64_C(1) << at->page_bits;
    resnet_status status =
        rn_budget_spend_array(at->set->file->budget, count / per_page + 1, 8, "HDF5");
    if (status != RESNET_OK) return status;
    for (uint64_t page = 0; page * per_page < count; page++) {
        const uint64_t left = count - page * per_page, n = left < per_page ? left : per_page;
        const uint64_t bit = first_bit + page, start = first + page * per_page;
        if (start >= at->needed) break;
        if (written[bit / 8] & 0x80 >> bit % 8) {
            rn_h5_span span = {0};
            status =
                rn_h5_load_checked(&span, at->set->file, address + page * (per_page * at->size + 4),
                                   n * at->size + 4, "list of chunks");
            if (status != RESNET_OK) return status;
            rn_h5_cursor cursor = rn_h5_cursor_make(at->set->file, span.bytes, span.size - 4);
            status = put_elements(at, start, n, &cursor);
            rn_h5_drop(&span);
            if (status != RESNET_OK) return status;
        }
    }
    return RESNET_OK;
}

/* Letters, version, client, the header's address. */
static bool take_head(const array *at, rn_h5_cursor *cursor, const char *letters)
{
    rn_h5_take_magic(cursor, letters, 0);
    const bool own = rn_h5_take(cursor, 1) == at->client;
    return rn_h5_take_address(cursor) == at->address && own && !cursor->failed;
}

static size_t head_size(const array *at)
{
    return 6 + (size_t)at->set->file->offset_size;
}

/* Bytes of an array of elements in one of the file's structures; too many never lie in the file. */
static bool fits(const array *at, uint64_t count, size_t size)
{
    return count <= at->set->file->size / size;
}

/* The fixed array. */

static resnet_status put_fixed_block(const array *at)
{
    const rn_h5_file *file = at->set->file;
    const uint64_t per_page = UINT64_C(1) << at->page_bits;
    const bool paged = at->count > per_page;
    const uint64_t n_pages = at->count / per_page + (at->count % per_page > 0);
    const uint64_t body = paged ? (n_pages + 7) / 8 : at->count * at->size;
    rn_h5_span span = {0};
    resnet_status status =
        rn_h5_load_checked(&span, file, at->block, head_size(at) + body + 4, "list of chunks");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size - 4);
    if (!take_head(at, &cursor, "FADB"))
        status = fail_array(at);
    else if (paged)
        status = put_pages(at, at->block + span.size, 0, at->count, cursor.at, 0);
    else
        status = put_elements(at, 0, at->count, &cursor);
    rn_h5_drop(&span);
    return status;
}

resnet_status rn_h5_index_fixed_array(rn_h5_dataset *set)
{
    const rn_h5_file *file = set->file;
    array at = {.set = set, .address = set->address};
    rn_h5_span span = {0};
    uint64_t all = 1;
    for (size_t i = 0; i < set->space.n_dims; i++)
        if (__builtin_mul_overflow(all, set->max_grid[i], &all)) return fail_array(&at);
    const resnet_status status = rn_h5_load_checked(
        &span, file, at.address, 8 + (uint64_t)file->length_size + file->offset_size + 4,
        "list of chunks");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size - 4);
    rn_h5_take_magic(&cursor, "FAHD", 0);
    at.client = (unsigned)rn_h5_take(&cursor, 1);
    at.size = (size_t)rn_h5_take(&cursor, 1);
    at.page_bits = (unsigned)rn_h5_take(&cursor, 1);
    at.needed = at.count = rn_h5_take_length(&cursor);
    at.block = rn_h5_take_address(&cursor);
    rn_h5_drop(&span);
    if (cursor.failed || !has_sound_elements(&at) || at.count != all ||
        !fits(&at, at.count, at.size))
        return fail_array(&at);
    return at.block == RN_H5_UNDEFINED ? RESNET_OK : put_fixed_block(&at);
}

/* The extensible array. Its index block has the first elements, then the addresses of the first
 * blocks, then those of super blocks, which have the addresses of further ones. Super block number
 * s has 2^(s/2) blocks of 2^((s+1)/2) times the least number of elements. */

static size_t offset_width(const array *at)
{
    return (at->max_bits + 7) / 8;
}

static uint64_t elements_of(const array *at, unsigned super)
{
    return at->least << (super + 1) / 2;
}

static uint64_t count_pages(const array *at, uint64_t n)
{
    const uint64_t per_page = UINT64_C(1) << at->page_bits;
    return n > per_page ? n / per_page : 0;
}

/* A block of n elements. `written`: its pages' bits, from first_bit. */
static resnet_status put_block(const array *at, uint64_t address, uint64_t first, uint64_t n,
                               const unsigned char *written, uint64_t first_bit)
{
    const rn_h5_file *file = at->set->file;
    const bool paged = count_pages(at, n) > 0;
    rn_h5_span span = {0};
    if (address == RN_H5_UNDEFINED) return RESNET_OK;
    if ((paged && !written) || !fits(at, n, at->size)) return fail_array(at);
    const uint64_t size = head_size(at) + offset_width(at) + (paged ? 0 : n * at->size) + 4;
    resnet_status status = rn_h5_load_checked(&span, file, address, size, "list of chunks");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size - 4);
    const bool own = take_head(at, &cursor, "EADB");
    rn_h5_skip(&cursor, offset_width(at));
    if (!own)
        status = fail_array(at);
    else if (paged)
        status = put_pages(at, address + size, first, n, written, first_bit);
    else
        status = put_elements(at, first, n, &cursor);
    rn_h5_drop(&span);
    return status;
}

/* The blocks whose addresses come next, from the element `first` on. */
static resnet_status put_blocks(const array *at, rn_h5_cursor *cursor, unsigned super,
                                uint64_t first, const unsigned char *written)
{
    const uint64_t n_blocks = UINT64_C(1) << super / 2, n = elements_of(at, super);
    for (uint64_t i = 0; i < n_blocks; i++) {
        const uint64_t address = rn_h5_take_address(cursor);
        if (cursor->failed) return fail_array(at);
        if (first >= at->needed) continue;
        const resnet_status status =
            put_block(at, address, first, n, written, i * count_pages(at, n));
        if (status != RESNET_OK) return status;
        first += n;
    }
    return RESNET_OK;
}

static resnet_status put_super_block(const array *at, uint64_t address, unsigned super,
                                     uint64_t first)
{
    const rn_h5_file *file = at->set->file;
    const uint64_t n_blocks = UINT64_C(1) << super / 2;
    const uint64_t bits_size = n_blocks * ((count_pages(at, elements_of(at, super)) + 7) / 8);
    rn_h5_span span = {0};
    if (address == RN_H5_UNDEFINED) return RESNET_OK;
    if (!fits(at, n_blocks, file->offset_size) || !fits(at, bits_size, 1)) return fail_array(at);
    const uint64_t size =
        head_size(at) + offset_width(at) + bits_size + n_blocks * file->offset_size + 4;
    resnet_status status = rn_h5_load_checked(&span, file, address, size, "list of chunks");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size - 4);
    const bool own = take_head(at, &cursor, "EASB");
    rn_h5_skip(&cursor, offset_width(at));
    const unsigned char *written = rn_h5_take_bytes(&cursor, (size_t)bits_size);
    status = own && written ? put_blocks(at, &cursor, super, first, written) : fail_array(at);
    rn_h5_drop(&span);
    return status;
}

/* Super blocks 0 to n_direct - 1 have their blocks' addresses in the index block. */
static resnet_status put_index(const array *at, rn_h5_cursor *cursor)
{
    const unsigned n_direct = 2 * rn_h5_log2(at->least_blocks);
    const unsigned n_super = 1 + at->max_bits - rn_h5_log2(at->least);
    uint64_t first = at->n_first;
    resnet_status status = put_elements(at, 0, at->n_first, cursor);
    for (unsigned super = 0; super < n_super && status == RESNET_OK; super++) {
        if (first >= at->needed) break;
        if (super < n_direct)
            status = put_blocks(at, cursor, super, first, NULL);
        else
            status = put_super_block(at, rn_h5_take_address(cursor), super, first);
        if (cursor->failed) return fail_array(at);
        first += elements_of(at, super) << super / 2;
    }
    return status;
}

static resnet_status put_index_block(const array *at)
{
    const rn_h5_file *file = at->set->file;
    const unsigned n_direct = 2 * rn_h5_log2(at->least_blocks);
    const unsigned n_super = 1 + at->max_bits - rn_h5_log2(at->least);
    const uint64_t n_addresses =
        2 * (at->least_blocks - 1) + (n_super > n_direct ? n_super - n_direct : 0);
    const uint64_t size =
        head_size(at) + at->n_first * at->size + n_addresses * file->offset_size + 4;
    rn_h5_span span = {0};
    resnet_status status = rn_h5_load_checked(&span, file, at->block, size, "list of chunks");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size - 4);
    status = take_head(at, &cursor, "EAIB") ? put_index(at, &cursor) : fail_array(at);
    rn_h5_drop(&span);
    return status;
}

/* How many elements the array as it is now takes, the unlimited dimension being the slowest. */
static bool count_needed(array *at)
{
    const rn_h5_dataset *set = at->set;
    size_t endless = RN_H5_MAX_DIMS;
    at->needed = 1;
    for (size_t i = 0; i < set->space.n_dims; i++) {
        const bool is_endless = set->max_grid[i] == UINT64_MAX;
        if (is_endless && endless < RN_H5_MAX_DIMS) return false;
        if (is_endless) endless = i;
        const uint64_t extent = is_endless ? set->grid[i] : set->max_grid[i];
        if (__builtin_mul_overflow(at->needed, extent, &at->needed)) return false;
    }
    return endless < RN_H5_MAX_DIMS;
}

static bool has_sound_shape(const array *at)
{
    return at->max_bits >= 1 && at->max_bits <= 64 && at->least > 0 &&
           (at->least & (at->least - 1)) == 0 && rn_h5_log2(at->least) <= at->max_bits &&
           at->least_blocks > 0 && (at->least_blocks & (at->least_blocks - 1)) == 0 &&
           (at->max_bits == 64 || at->needed <= UINT64_C(1) << at->max_bits);
}

resnet_status rn_h5_index_extensible_array(rn_h5_dataset *set)
{
    const rn_h5_file *file = set->file;
    array at = {.set = set, .address = set->address};
    rn_h5_span span = {0};
    const resnet_status status = rn_h5_load_checked(
        &span, file, at.address, 12 + 6 * (uint64_t)file->length_size + file->offset_size + 4,
        "list of chunks");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size - 4);
    rn_h5_take_magic(&cursor, "EAHD", 0);
    at.client = (unsigned)rn_h5_take(&cursor, 1);
    at.size = (size_t)rn_h5_take(&cursor, 1);
    at.max_bits = (unsigned)rn_h5_take(&cursor, 1);
    at.n_first = rn_h5_take(&cursor, 1);
    at.least = rn_h5_take(&cursor, 1);
    at.least_blocks = rn_h5_take(&cursor, 1);
    at.page_bits = (unsigned)rn_h5_take(&cursor, 1);
    rn_h5_skip(&cursor, 6 * (size_t)file->length_size); /* statistics */
    at.block = rn_h5_take_address(&cursor);
    rn_h5_drop(&span);
    if (cursor.failed || !count_needed(&at) || !has_sound_elements(&at) || !has_sound_shape(&at))
        return fail_array(&at);
    return at.block == RN_H5_UNDEFINED ? RESNET_OK : put_index_block(&at);
}
