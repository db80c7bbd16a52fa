/* What chunks are packed by: deflate, shuffle and fletcher32, each at most once, so that the size
 * after every step is known before it. SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <inttypes.h>
#include <zlib.h>

#define MAX_DEFLATE 1032 /* bytes that one byte unpacks to at most */
#define FLETCHER_SIZE 4
#define OWN_FILTERS 256 /* in version 2 those below have no names */

static bool has_filter(const rn_h5_filters *filters, enum rn_h5_filter kind)
{
    for (size_t i = 0; i < filters->count; i++)
        if (filters->kinds[i] == kind) return true;
    return false;
}

static resnet_status add_filter(rn_h5_filters *out, uint64_t id, uint64_t width, const char *path)
{
    if (id < RN_H5_DEFLATE || id > RN_H5_FLETCHER32 || has_filter(out, (enum rn_h5_filter)id))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: packed by an unusual filter, number %" PRIu64,
                       path, id);
    out->kinds[out->count] = (enum rn_h5_filter)id;
    out->widths[out->count++] = (uint32_t)width;
    return RESNET_OK;
}

static resnet_status parse_filter(rn_h5_filters *out, rn_h5_cursor *cursor, unsigned version,
                                  const char *path)
{
    const uint64_t id = rn_h5_take(cursor, 2);
    const size_t name_size = version == 1 || id >= OWN_FILTERS ? (size_t)rn_h5_take(cursor, 2) : 0;
    rn_h5_skip(cursor, 2); /* whether it may be left out */
    const size_t n_values = (size_t)rn_h5_take(cursor, 2);
    rn_h5_skip(cursor, version == 1 ? (name_size + 7) / 8 * 8 : name_size);
    const uint64_t first = n_values ? rn_h5_take(cursor, 4) : 0;
    rn_h5_skip(cursor, n_values > 1 ? 4 * (n_values - 1) : 0);
    if (version == 1 && n_values % 2) rn_h5_skip(cursor, 4);
    if (cursor->failed) return rn_fail(RESNET_E_FORMAT, "%s: damaged filters", path);
    return add_filter(out, id, first, path);
}

resnet_status rn_h5_parse_filters(rn_h5_filters *out, const rn_h5_file *file,
                                  const rn_h5_message *message, const char *path)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(file, message->bytes, message->size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const size_t count = (size_t)rn_h5_take(&cursor, 1);
    if (version == 1) rn_h5_skip(&cursor, 6);
    if (cursor.failed || version < 1 || version > 2 || message->shared)
        return rn_fail(RESNET_E_FORMAT, "%s: damaged filters", path);
    for (size_t i = 0; i < count; i++) {
        const resnet_status status = parse_filter(out, &cursor, version, path);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static bool is_applied(uint32_t mask, size_t i)
{
    return !(mask >> i & 1);
}

/* Bytes before filter `stop` is applied to a piece of `size` bytes, if no deflate comes earlier. */
static uint64_t size_before(const rn_h5_filters *filters, uint32_t mask, size_t stop, uint64_t size)
{
    for (size_t i = 0; i < stop; i++)
        if (filters->kinds[i] == RN_H5_FLETCHER32 && is_applied(mask, i)) size += FLETCHER_SIZE;
    return size;
}

static bool is_deflated(const rn_h5_filters *filters, uint32_t mask)
{
    for (size_t i = 0; i < filters->count; i++)
        if (filters->kinds[i] == RN_H5_DEFLATE && is_applied(mask, i)) return true;
    return false;
}

bool rn_h5_is_plausible(const rn_h5_filters *filters, uint32_t mask, uint64_t stored, uint64_t size)
{
    if (is_deflated(filters, mask))
        return stored <= 2 * size + 1024 && size / MAX_DEFLATE <= stored;
    return stored == size_before(filters, mask, filters->count, size);
}

/* The steps back. Each takes the bytes in `io` to those before its filter. */

static resnet_status replace(rn_h5_span *io, unsigned char *bytes, size_t size)
{
    rn_h5_drop(io);
    *io = (rn_h5_span){bytes, size, bytes};
    return RESNET_OK;
}

static void *take_memory(void *user_data, unsigned count, unsigned size)
{
    (void)user_data;
    return rn_calloc(count, size);
}

static void give_memory(void *user_data, void *block)
{
    (void)user_data;
    rn_free(block);
}

/* Input and output go in steps that an unsigned int can count. */
static int run_inflate(z_stream *stream, const rn_h5_span *in, size_t out_size)
{
    size_t in_left = in->size, out_left = out_size;
    int code = Z_OK;
    stream->next_in = (unsigned char *)in->bytes;
    while (code == Z_OK) {
        const unsigned in_step = in_left < 1u << 30 ? (unsigned)in_left : 1u << 30;
        const unsigned out_step = out_left < 1u << 30 ? (unsigned)out_left : 1u << 30;
        stream->avail_in = in_step;
        stream->avail_out = out_step;
        code = inflate(stream, Z_NO_FLUSH); /* Z_BUF_ERROR when nothing moves any more */
        in_left -= in_step - stream->avail_in;
        out_left -= out_step - stream->avail_out;
    }
    return code == Z_STREAM_END && out_left > 0 ? Z_DATA_ERROR : code;
}

static resnet_status undo_deflate(rn_h5_span *io, uint64_t size, const char *path)
{
    z_stream stream = {.zalloc = take_memory, .zfree = give_memory};
    unsigned char *bytes = rn_alloc((size_t)size, 1);
    if (!bytes) return RESNET_E_NOMEM;
    int code = inflateInit(&stream);
    if (code == Z_OK) {
        stream.next_out = bytes;
        code = run_inflate(&stream, io, (size_t)size);
        inflateEnd(&stream);
    }
    if (code == Z_STREAM_END) return replace(io, bytes, (size_t)size);
    rn_free(bytes);
    return code == Z_MEM_ERROR ? RESNET_E_NOMEM
                               : rn_fail(RESNET_E_FORMAT, "%s: damaged deflated data", path);
}

/* First the first bytes of all elements, then the second, ...; what fills no element is last. */
static resnet_status undo_shuffle(rn_h5_span *io, size_t width)
{
    if (width <= 1 || io->size < width) return RESNET_OK;
    unsigned char *bytes = rn_alloc(io->size, 1);
    if (!bytes) return RESNET_E_NOMEM;
    const size_t count = io->size / width;
    for (size_t i = 0; i < width; i++) {
        const unsigned char *from = io->bytes + i * count;
        for (size_t k = 0; k < count; k++) bytes[k * width + i] = from[k];
    }
    for (size_t i = count * width; i < io->size; i++) bytes[i] = io->bytes[i];
    return replace(io, bytes, io->size);
}

/* Fletcher's sum of big-endian words of 16 bits. */
static uint32_t fletcher32(const unsigned char *bytes, size_t size)
{
    uint32_t low = 0, high = 0;
    size_t at = 0;
    while (size - at >= 2) {
        const size_t end = size - at > 720 ? at + 720 : size - (size - at) % 2;
        for (; at < end; at += 2) {
            low += (uint32_t)bytes[at] << 8 | bytes[at + 1];
            high += low;
        }
        low = (low & 0xFFFF) + (low >> 16);
        high = (high & 0xFFFF) + (high >> 16);
    }
    if (at < size) {
        low += (uint32_t)bytes[at] << 8;
        high += low;
        low = (low & 0xFFFF) + (low >> 16);
        high = (high & 0xFFFF) + (high >> 16);
    }
    low = (low & 0xFFFF) + (low >> 16);
    high = (high & 0xFFFF) + (high >> 16);
    return high << 16 | low;
}

static resnet_status undo_fletcher32(rn_h5_span *io, const char *path)
{
    if (io->size < FLETCHER_SIZE) return rn_fail(RESNET_E_FORMAT, "%s: damaged", path);
    const size_t size = io->size - FLETCHER_SIZE;
    const unsigned char *end = io->bytes + size;
    const uint32_t stored =
        end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 | (uint32_t)end[3] << 24;
    if (stored != fletcher32(io->bytes, size))
        return rn_fail(RESNET_E_FORMAT, "%s: damaged: a checksum differs", path);
    io->size = size;
    return RESNET_OK;
}

static resnet_status undo(rn_h5_span *io, const rn_h5_filters *filters, uint32_t mask, size_t i,
                          uint64_t size, const char *path)
{
    if (filters->kinds[i] == RN_H5_SHUFFLE) return undo_shuffle(io, filters->widths[i]);
    if (filters->kinds[i] == RN_H5_FLETCHER32) return undo_fletcher32(io, path);
    return undo_deflate(io, size_before(filters, mask, i, size), path);
}

resnet_status rn_h5_unfilter(rn_h5_span *io, const rn_h5_filters *filters, uint32_t mask,
                             uint64_t size, const char *path)
{
    for (size_t i = filters->count; i-- > 0;) {
        if (!is_applied(mask, i)) continue;
        const resnet_status status = undo(io, filters, mask, i, size, path);
        if (status != RESNET_OK) return status;
    }
    return io->size == size ? RESNET_OK : rn_fail(RESNET_E_FORMAT, "%s: damaged", path);
}
