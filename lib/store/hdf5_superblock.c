/* Where a file begins: signature, sizes of its addresses, the root group.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <string.h>
#include <sys/stat.h>

#define SIGNATURE "\x89HDF\r\n\x1a\n"
#define SIGNATURE_SIZE 8
#define MAX_SIZE 128 /* bytes of a superblock, generously */

/* The user block before it has 0, 512, 1024, 2048, ... bytes. */
static resnet_status find_signature(rn_h5_file *file)
{
    for (uint64_t at = 0; at < file->size; at = at ? 2 * at : 512) {
        char found[SIGNATURE_SIZE];
        file->base = 0;
        if (!rn_h5_is_inside(file, at, SIGNATURE_SIZE)) break;
        const resnet_status status = rn_h5_copy(file, at, SIGNATURE_SIZE, found, "signature");
        file->base = at;
        if (status != RESNET_OK) return status;
        if (memcmp(found, SIGNATURE, SIGNATURE_SIZE) == 0) return RESNET_OK;
        if (at > UINT64_MAX / 4) break;
    }
    return rn_fail(RESNET_E_FORMAT, "no HDF5 file");
}

static bool set_sizes(rn_h5_file *file, rn_h5_cursor *cursor)
{
    const uint64_t offset_size = rn_h5_take(cursor, 1), length_size = rn_h5_take(cursor, 1);
    if ((offset_size != 2 && offset_size != 4 && offset_size != 8) ||
        (length_size != 2 && length_size != 4 && length_size != 8))
        return false;
    file->offset_size = cursor->offset_size = (uint8_t)offset_size;
    file->length_size = cursor->length_size = (uint8_t)length_size;
    return true;
}

typedef struct superblock {
    uint64_t base, end, driver;
} superblock;

static bool parse_old(rn_h5_file *file, superblock *out, rn_h5_cursor *cursor, unsigned version)
{
    rn_h5_skip(cursor, 4); /* versions of other structures */
    if (!set_sizes(file, cursor)) return false;
    rn_h5_skip(cursor, version == 1 ? 13 : 9); /* widths of nodes, flags */
    out->base = rn_h5_take_address(cursor);
    rn_h5_skip(cursor, file->offset_size); /* free space */
    out->end = rn_h5_take_address(cursor);
    out->driver = rn_h5_take_address(cursor);
    rn_h5_skip(cursor, file->length_size); /* the root's name */
    file->root = rn_h5_take_address(cursor);
    return !cursor->failed;
}

static bool parse_new(rn_h5_file *file, superblock *out, rn_h5_cursor *cursor, const void *start)
{
    const unsigned char *bytes = start;
    if (!set_sizes(file, cursor)) return false;
    rn_h5_skip(cursor, 1); /* flags: whether a writer left it open */
    out->base = rn_h5_take_address(cursor);
    rn_h5_skip(cursor, file->offset_size); /* extension */
    out->end = rn_h5_take_address(cursor);
    out->driver = RN_H5_UNDEFINED;
    file->root = rn_h5_take_address(cursor);
    const size_t size = (size_t)(cursor->at - bytes);
    const uint64_t checksum = rn_h5_take(cursor, 4);
    return !cursor->failed && checksum == rn_h5_checksum(bytes, size);
}

/* The end is told as if the superblock lay at `base`; a user block may have been put before it or
 * taken away. */
static bool ends_inside(const rn_h5_file *file, const superblock *block)
{
    uint64_t end;
    if (block->base == RN_H5_UNDEFINED || block->end == RN_H5_UNDEFINED || block->end < block->base)
        return false;
    return !__builtin_add_overflow(block->end - block->base, file->base, &end) && end <= file->size;
}

static resnet_status read_superblock(rn_h5_file *file)
{
    rn_h5_span span = {0};
    superblock block = {0};
    const uint64_t room = file->size - file->base;
    resnet_status status =
        rn_h5_load(&span, file, 0, room < MAX_SIZE ? room : MAX_SIZE, "superblock");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    rn_h5_skip(&cursor, SIGNATURE_SIZE);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    if (version > 3)
        status = rn_fail(RESNET_E_UNSUPPORTED, "HDF5: a superblock of version %u", version);
    else if (!(version < 2 ? parse_old(file, &block, &cursor, version)
                           : parse_new(file, &block, &cursor, span.bytes)))
        status = rn_h5_fail_damaged(file, "superblock", 0);
    else if (!ends_inside(file, &block))
        status = rn_fail(RESNET_E_FORMAT, "HDF5: damaged or truncated");
    else if (block.driver != RN_H5_UNDEFINED)
        status = rn_fail(RESNET_E_UNSUPPORTED, "HDF5: one of several files that make up one");
    rn_h5_drop(&span);
    return status;
}

static resnet_status open_file(rn_h5_file **out, const rn_h5_file *source)
{
    rn_h5_file *file = rn_alloc(1, sizeof *file);
    if (!file) return RESNET_E_NOMEM;
    *file = *source;
    resnet_status status = find_signature(file);
    if (status == RESNET_OK) status = read_superblock(file);
    if (status == RESNET_OK)
        *out = file;
    else
        rn_free(file);
    return status;
}

resnet_status rn_h5_open_bytes(rn_h5_file **out, const void *bytes, size_t size, rn_budget *budget)
{
    const rn_h5_file source = {.bytes = bytes ? bytes : "",
                               .fd = -1,
                               .size = size,
                               .budget = budget,
                               .offset_size = 8,
                               .length_size = 8};
    return open_file(out, &source);
}

resnet_status rn_h5_open_descriptor(rn_h5_file **out, int fd, rn_budget *budget)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || info.st_size < 0)
        return rn_fail(RESNET_E_IO, "HDF5: the file's size cannot be found out");
    const rn_h5_file source = {.fd = fd,
                               .size = (uint64_t)info.st_size,
                               .budget = budget,
                               .offset_size = 8,
                               .length_size = 8};
    return open_file(out, &source);
}

void rn_h5_close(rn_h5_file *file)
{
    rn_free(file);
}
