/* A listing on disk: a line that names the format, the root, and then counts and strings, each
 * string with its terminator. It is only ever a shortcut: what cannot be trusted is not read on.
 * SPDX-License-Identifier: MIT */
#include "data/listing_cache.h"

#include "core/file.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC "resnet50 listing 2\n"
#define MAX_SIZE (UINT64_C(1) << 32)

/* Numbers are written as 8 bytes, little end first. */
static resnet_status put_number(rn_strings *bytes, uint64_t number)
{
    char text[8];
    for (size_t i = 0; i < 8; i++) text[i] = (char)(number >> (8 * i) & 0xff);
    return rn_strings_add(bytes, text, sizeof text);
}

static resnet_status put_strings(rn_strings *bytes, const rn_strings *strings)
{
    resnet_status status;
    RN_TRY(put_number(bytes, strings->n));
    for (size_t i = 0; i < strings->n; i++) {
        const char *text = rn_strings_get(strings, i);
        RN_TRY(rn_strings_add(bytes, text, strlen(text)));
    }
done:
    return status;
}

/* FNV-1a, 64 bits: Fowler, Noll, Vo. Notices damage, no more. */
static uint64_t checksum(const char *bytes, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
    return hash;
}

resnet_status rn_listing_save(const rn_listing *listing, const char *root, const char *cache_file)
{
    rn_strings bytes = {0};
    resnet_status status;
    RN_TRY(rn_strings_add(&bytes, MAGIC, strlen(MAGIC)));
    RN_TRY(rn_strings_add(&bytes, root, strlen(root)));
    RN_TRY(put_strings(&bytes, &listing->folders));
    for (size_t i = 0; i < listing->folders.n; i++)
        RN_TRY(put_number(&bytes, (uint64_t)listing->mtimes[i]));
    RN_TRY(put_strings(&bytes, &listing->classes));
    for (size_t c = 0; c < listing->classes.n; c++)
        RN_TRY(put_number(&bytes, listing->class_ends[c]));
    RN_TRY(put_strings(&bytes, &listing->files));
    RN_TRY(put_number(&bytes, listing->n_root_files));
    RN_TRY(put_number(&bytes, listing->n_ignored));
    RN_TRY(put_number(&bytes, listing->n_foreign));
    RN_TRY(put_number(&bytes, checksum(bytes.text, bytes.text_size)));
    status = rn_file_write(cache_file, bytes.text, bytes.text_size);
done:
    rn_strings_clear(&bytes);
    return status;
}

typedef struct byte_reader {
    const char *at, *end;
} byte_reader;

/* The next string, or NULL when the bytes are at their end. */
static const char *take_string(byte_reader *reader, size_t *length)
{
    const char *text = reader->at;
    const char *stop = memchr(text, '\0', (size_t)(reader->end - text));
    if (!stop) return NULL;
    *length = (size_t)(stop - text);
    reader->at = stop + 1;
    return text;
}

static bool take_number(byte_reader *reader, uint64_t *out)
{
    if (reader->end - reader->at < 9) return false; /* 8 bytes and a terminator */
    *out = 0;
    for (size_t i = 0; i < 8; i++) *out |= (uint64_t)(unsigned char)reader->at[i] << (8 * i);
    reader->at += 9;
    return true;
}

/* Whether the bytes were as they should be; *status tells of a failure to hold them. */
static bool take_strings(byte_reader *reader, rn_strings *out, resnet_status *status)
{
    uint64_t n;
    if (!take_number(reader, &n)) return false;
    for (uint64_t i = 0; i < n; i++) {
        size_t length;
        const char *text = take_string(reader, &length);
        if (!text) return false;
        *status = rn_strings_add(out, text, length);
        if (*status != RESNET_OK) return false;
    }
    return true;
}

static bool take_numbers(byte_reader *reader, size_t n, int64_t *out)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t number;
        if (!take_number(reader, &number)) return false;
        out[i] = (int64_t)number;
    }
    return true;
}

static bool take_class_ends(byte_reader *reader, rn_listing *out)
{
    for (size_t c = 0; c < out->classes.n; c++) {
        uint64_t number;
        if (!take_number(reader, &number)) return false;
        out->class_ends[c] = (size_t)number;
    }
    return true;
}

static bool expect_text(byte_reader *reader, const char *wanted)
{
    size_t length;
    const char *text = take_string(reader, &length);
    return text && strcmp(text, wanted) == 0;
}

/* Whether the ends ascend and lie within the files. */
static bool has_sound_ends(const rn_listing *listing)
{
    size_t end = listing->n_root_files;
    for (size_t c = 0; c < listing->classes.n; c++) {
        if (listing->class_ends[c] < end) return false;
        end = listing->class_ends[c];
    }
    return end <= listing->files.n;
}

static bool parse(rn_listing *out, byte_reader reader, const char *root, resnet_status *status)
{
    uint64_t n_root_files, n_ignored, n_foreign;
    if (!expect_text(&reader, MAGIC) || !expect_text(&reader, root)) return false;
    if (!take_strings(&reader, &out->folders, status)) return false;
    *status = rn_grow(&out->mtimes, &out->mtimes_capacity, out->folders.n, sizeof *out->mtimes);
    if (*status != RESNET_OK || !take_numbers(&reader, out->folders.n, out->mtimes)) return false;
    if (!take_strings(&reader, &out->classes, status)) return false;
    *status = rn_grow(&out->class_ends, &out->class_ends_capacity, out->classes.n,
                      sizeof *out->class_ends);
    if (*status != RESNET_OK || !take_class_ends(&reader, out)) return false;
    if (!take_strings(&reader, &out->files, status)) return false;
    if (!take_number(&reader, &n_root_files) || !take_number(&reader, &n_ignored) ||
        !take_number(&reader, &n_foreign))
        return false;
    out->n_root_files = (size_t)n_root_files;
    out->n_ignored = (size_t)n_ignored;
    out->n_foreign = (size_t)n_foreign;
    return reader.at == reader.end && has_sound_ends(out);
}

static bool is_whole(const char *bytes, size_t size)
{
    byte_reader tail = {bytes + size - 9, bytes + size};
    uint64_t sum;
    return take_number(&tail, &sum) && sum == checksum(bytes, size - 9);
}

/* Whether every folder still has the time it had. */
static bool is_current(const rn_listing *listing, const char *root)
{
    for (size_t i = 0; i < listing->folders.n; i++) {
        char *path = rn_format("%s/%s", root, rn_strings_get(&listing->folders, i));
        struct stat info;
        const bool there = path && stat(path, &info) == 0;
        rn_free(path);
        if (!there || listing->mtimes[i] == 0) return false;
        if ((int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec != listing->mtimes[i])
            return false;
    }
    return true;
}

resnet_status rn_listing_load(rn_listing *out, const char *root, const char *cache_file)
{
    void *bytes = NULL;
    size_t size = 0;
    rn_listing listing = {0};
    struct stat info;
    if (stat(cache_file, &info) != 0) return RESNET_OK; /* not written yet */
    resnet_status status = rn_file_read(&bytes, &size, cache_file, MAX_SIZE);
    if (status != RESNET_OK) return status;
    const byte_reader reader = {bytes, (const char *)bytes + (size > 9 ? size - 9 : 0)};
    if (size > 9 && is_whole(bytes, size) && parse(&listing, reader, root, &status) &&
        is_current(&listing, root)) {
        *out = listing;
        listing = (rn_listing){0};
    }
    rn_listing_clear(&listing);
    rn_free(bytes);
    return status;
}

resnet_status rn_listing_open(rn_listing *out, const char *root, const char *cache_file)
{
    if (!cache_file) return rn_listing_walk(out, root);
    resnet_status status;
    RN_TRY(rn_listing_load(out, root, cache_file));
    if (out->folders.n > 0) return RESNET_OK;
    RN_TRY(rn_listing_walk(out, root));
    status = rn_listing_save(out, root, cache_file);
    if (status != RESNET_OK) rn_listing_clear(out);
done:
    return status;
}
