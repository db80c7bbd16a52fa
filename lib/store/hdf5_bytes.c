/* SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Prices, so that time follows the budget as well: of a visit (a block and a search), and how many
 * times its bytes what has a checksum costs. */
#define VISIT_PRICE 256
#define CHECK_PRICE 4

resnet_status rn_h5_fail_damaged(const rn_h5_file *file, const char *what, uint64_t address)
{
    return rn_fail(RESNET_E_FORMAT, "HDF5: damaged %s at byte %" PRIu64, what,
                   address + file->base); /* may wrap, like the address that is wrong */
}

bool rn_h5_is_inside(const rn_h5_file *file, uint64_t address, uint64_t size)
{
    const uint64_t room = file->size - file->base;
    return address <= room && size <= room - address;
}

static resnet_status read_at(const rn_h5_file *file, uint64_t at, size_t size, unsigned char *out)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t n = pread(file->fd, out + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return rn_fail(RESNET_E_IO, "HDF5: the file ends or cannot be read");
        done += (size_t)n;
    }
    return RESNET_OK;
}

resnet_status rn_h5_copy(const rn_h5_file *file, uint64_t address, uint64_t size, void *out,
                         const char *what)
{
    if (!rn_h5_is_inside(file, address, size) || size > SIZE_MAX)
        return rn_h5_fail_damaged(file, what, address);
    if (!file->bytes) return read_at(file, file->base + address, (size_t)size, out);
    if (size > 0) memcpy(out, file->bytes + file->base + address, (size_t)size);
    return RESNET_OK;
}

resnet_status rn_h5_view(rn_h5_span *out, const rn_h5_file *file, uint64_t address, uint64_t size,
                         const char *what)
{
    if (!rn_h5_is_inside(file, address, size) || size > SIZE_MAX)
        return rn_h5_fail_damaged(file, what, address);
    if (file->bytes) {
        *out = (rn_h5_span){file->bytes + file->base + address, (size_t)size, NULL};
        return RESNET_OK;
    }
    unsigned char *bytes = rn_alloc((size_t)size, 1);
    if (!bytes) return RESNET_E_NOMEM;
    const resnet_status status = read_at(file, file->base + address, (size_t)size, bytes);
    if (status == RESNET_OK)
        *out = (rn_h5_span){bytes, (size_t)size, bytes};
    else
        rn_free(bytes);
    return status;
}

resnet_status rn_h5_load(rn_h5_span *out, const rn_h5_file *file, uint64_t address, uint64_t size,
                         const char *what)
{
    if (!rn_h5_is_inside(file, address, size)) return rn_h5_fail_damaged(file, what, address);
    const resnet_status status = rn_budget_spend(file->budget, size + VISIT_PRICE, "HDF5");
    return status == RESNET_OK ? rn_h5_view(out, file, address, size, what) : status;
}

resnet_status rn_h5_load_checked(rn_h5_span *out, const rn_h5_file *file, uint64_t address,
                                 uint64_t size, const char *what)
{
    rn_h5_span span = {0};
    if (size < 4 || !rn_h5_is_inside(file, address, size))
        return rn_h5_fail_damaged(file, what, address);
    resnet_status status = rn_budget_spend_array(file->budget, size, CHECK_PRICE - 1, "HDF5");
    if (status == RESNET_OK) status = rn_h5_load(&span, file, address, size, what);
    if (status != RESNET_OK) return status;
    rn_h5_cursor end = rn_h5_cursor_make(file, span.bytes + span.size - 4, 4);
    if (rn_h5_take(&end, 4) != rn_h5_checksum(span.bytes, span.size - 4)) {
        rn_h5_drop(&span);
        return rn_h5_fail_damaged(file, what, address);
    }
    *out = span;
    return RESNET_OK;
}

void rn_h5_drop(rn_h5_span *span)
{
    rn_free(span->owned);
    *span = (rn_h5_span){NULL, 0, NULL};
}

rn_h5_cursor rn_h5_cursor_make(const rn_h5_file *file, const unsigned char *bytes, size_t size)
{
    return (rn_h5_cursor){bytes, size, false, file->offset_size, file->length_size};
}

const unsigned char *rn_h5_take_bytes(rn_h5_cursor *cursor, size_t size)
{
    if (cursor->failed || size > cursor->left) {
        cursor->failed = true;
        return NULL;
    }
    const unsigned char *bytes = cursor->at;
    cursor->at += size;
    cursor->left -= size;
    return bytes;
}

void rn_h5_skip(rn_h5_cursor *cursor, size_t size)
{
    (void)rn_h5_take_bytes(cursor, size);
}

uint64_t rn_h5_take(rn_h5_cursor *cursor, size_t width)
{
    uint64_t value = 0;
    const unsigned char *bytes = rn_h5_take_bytes(cursor, width);
    if (!bytes || width > sizeof value) return 0;
    for (size_t i = width; i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

uint64_t rn_h5_take_address(rn_h5_cursor *cursor)
{
    const uint64_t address = rn_h5_take(cursor, cursor->offset_size);
    const uint64_t ones = UINT64_MAX >> (64 - 8 * cursor->offset_size);
    return address == ones ? RN_H5_UNDEFINED : address;
}

uint64_t rn_h5_take_length(rn_h5_cursor *cursor)
{
    return rn_h5_take(cursor, cursor->length_size);
}

bool rn_h5_take_magic(rn_h5_cursor *cursor, const char *letters, unsigned version)
{
    const unsigned char *bytes = rn_h5_take_bytes(cursor, 5);
    if (bytes && memcmp(bytes, letters, 4) == 0 && bytes[4] == version) return true;
    cursor->failed = true;
    return false;
}

unsigned rn_h5_log2(uint64_t value)
{
    unsigned bits = 0;
    while (value >>= 1) bits++;
    return bits;
}
