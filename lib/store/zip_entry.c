/* SPDX-License-Identifier: MIT */
#include "store/zip_entry.h"

#include "core/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zip.h>

#define MAX_DIRECTORY (1u << 20) /* bytes; a training checkpoint's has some hundred thousand */
#define ENTRY_COST 512           /* bytes, of what libzip keeps of an entry */
#define MAX_DEFLATE_RATIO 1032   /* 258 bytes of two bits */
#define INFLATE_COST 4           /* a byte takes as long as touching so many */

/* The end of the central directory, and the locator and the end that archives above 4 GiB have. */
#define END_SIZE 22
#define LOCATOR_SIZE 20
#define END64_SIZE 56
#define MAX_COMMENT 65535
#define ZLIB_MEMORY (-4) /* Z_MEM_ERROR */

/* libzip fails for want of memory with all kinds of words, "No error" among them, so callers clear
 * errno beforehand. */
static resnet_status fail_zip(zip_error_t *error, const char *what)
{
    const int code = zip_error_code_zip(error);
    const bool memory = errno == ENOMEM || code == ZIP_ER_MEMORY ||
                        (code == ZIP_ER_ZLIB && zip_error_code_system(error) == ZLIB_MEMORY);
    return rn_fail(memory ? RESNET_E_NOMEM : RESNET_E_FORMAT, "zip: %s: %s", what,
                   zip_error_strerror(error));
}

static uint64_t read_number(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i-- > 0;) number = number << 8 | bytes[i];
    return number;
}

/* Bytes of the directory whose end is at `at`. */
static uint64_t directory_size(const unsigned char *bytes, size_t size, size_t at)
{
    const uint64_t short_size = read_number(bytes + at + 12, 4);
    if (at < LOCATOR_SIZE || memcmp(bytes + at - LOCATOR_SIZE, "PK\6\7", 4) != 0) return short_size;
    const uint64_t end64 = read_number(bytes + at - LOCATOR_SIZE + 8, 8);
    if (size < END64_SIZE || end64 > size - END64_SIZE) return short_size;
    const uint64_t long_size = read_number(bytes + end64 + 40, 8);
    return long_size > short_size || short_size == UINT32_MAX ? long_size : short_size;
}

/* libzip reads a directory into a hash table that names made to collide turn into one long list, so
 * a large one must not come to it; nor may it choose another end than the one looked at here. */
static resnet_status check_directory(const unsigned char *bytes, size_t size)
{
    bool found = false;
    const size_t first = size > END_SIZE + MAX_COMMENT ? size - END_SIZE - MAX_COMMENT : 0;
    for (size_t at = first; size >= END_SIZE && at <= size - END_SIZE; at++) {
        if (memcmp(bytes + at, "PK\5\6", 4) != 0) continue;
        found = true;
        const uint64_t directory = directory_size(bytes, size, at);
        if (directory > MAX_DIRECTORY)
            return rn_fail(RESNET_E_UNSUPPORTED,
                           "zip: a directory of %" PRIu64 " bytes, above the cap of %u", directory,
                           MAX_DIRECTORY);
    }
    if (found) return RESNET_OK;
    return rn_fail(
        RESNET_E_FORMAT,
        "zip: no directory at the end of its %zu bytes; cut short, as by a download that "
        "did not finish",
        size);
}

resnet_status rn_zip_open(rn_zip *out, const void *bytes, size_t size, rn_budget *budget)
{
    resnet_status status = check_directory(bytes, size);
    if (status != RESNET_OK) return status;
    zip_error_t error;
    errno = 0;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!zip) {
        status = fail_zip(&error, "cannot open the archive");
        zip_source_free(source);
    } else {
        *out = (rn_zip){zip, size, budget};
        status = rn_budget_spend_array(budget, rn_zip_count(out), ENTRY_COST, "zip entries");
        if (status != RESNET_OK) rn_zip_close(out);
    }
    zip_error_fini(&error);
    return status;
}

void rn_zip_close(rn_zip *zip)
{
    if (zip->archive) zip_discard(zip->archive);
    *zip = (rn_zip){0};
}

const char *rn_zip_get_name(const rn_zip *zip, uint64_t index)
{
    const char *name = zip_get_name(zip->archive, index, ZIP_FL_ENC_RAW);
    return name ? name : "";
}

size_t rn_zip_count(const rn_zip *zip)
{
    return (size_t)zip_get_num_entries(zip->archive, 0);
}

int64_t rn_zip_find(const rn_zip *zip, const char *name)
{
    return zip_name_locate(zip->archive, name, ZIP_FL_ENC_RAW);
}

int64_t rn_zip_find_ending(const rn_zip *zip, const char *ending)
{
    const int64_t count = zip_get_num_entries(zip->archive, 0);
    const size_t length = strlen(ending);
    for (int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(zip->archive, (uint64_t)i, ZIP_FL_ENC_RAW);
        const size_t name_length = name ? strlen(name) : 0;
        if (name_length >= length && strcmp(name + name_length - length, ending) == 0) return i;
    }
    return -1;
}

static resnet_status look_up(const rn_zip *zip, uint64_t index, zip_stat_t *out)
{
    errno = 0;
    zip_stat_init(out);
    const uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(zip->archive, index, 0, out) != 0 || (out->valid & needed) != needed)
        return fail_zip(zip_get_error(zip->archive), "cannot look an entry up");
    const uint64_t growth = out->comp_method == ZIP_CM_STORE ? 1 : MAX_DEFLATE_RATIO;
    if (out->comp_size > zip->size || out->size / growth > out->comp_size)
        return rn_fail(RESNET_E_FORMAT, "zip: %s claims %" PRIu64 " bytes",
                       zip_get_name(zip->archive, index, ZIP_FL_ENC_RAW), (uint64_t)out->size);
    return RESNET_OK;
}

resnet_status rn_zip_get_size(const rn_zip *zip, uint64_t index, uint64_t *out)
{
    zip_stat_t info;
    const resnet_status status = look_up(zip, index, &info);
    if (status == RESNET_OK) *out = info.size;
    return status;
}

static resnet_status read_entry(zip_t *archive, uint64_t index, char *bytes, uint64_t size)
{
    resnet_status status = RESNET_OK;
    errno = 0;
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    if (!file) return fail_zip(zip_get_error(archive), "cannot open an entry");
    uint64_t done = 0;
    while (done < size) {
        const int64_t n = zip_fread(file, bytes + done, size - done);
        if (n <= 0) {
            status = n < 0 ? fail_zip(zip_file_get_error(file), "damaged entry")
                           : rn_fail(RESNET_E_FORMAT, "zip: an entry ends early");
            goto done;
        }
        done += (uint64_t)n;
    }
    char beyond;
    if (zip_fread(file, &beyond, 1) != 0) /* the checksum is compared at the end only */
        status = fail_zip(zip_file_get_error(file), "damaged entry");
done:
    zip_fclose(file);
    return status;
}

resnet_status rn_zip_read(const rn_zip *zip, uint64_t index, uint64_t max_size, void **out,
                          size_t *out_size)
{
    resnet_status status;
    zip_stat_t info;
    char *bytes = NULL;
    RN_TRY(look_up(zip, index, &info));
    const uint64_t size = info.size;
    const uint64_t cost = info.comp_method == ZIP_CM_STORE ? 1 : INFLATE_COST;
    if (size > max_size) {
        status = rn_fail(RESNET_E_UNSUPPORTED, "zip: an entry of %" PRIu64 " bytes, above %" PRIu64,
                         size, max_size);
        goto done;
    }
    RN_TRY(rn_budget_spend_array(zip->budget, size, cost, "unpacked bytes"));
    bytes = rn_alloc(size + 1, 1);
    if (!bytes) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(read_entry(zip->archive, index, bytes, size));
    bytes[size] = '\0';
    *out = bytes;
    *out_size = size;
    bytes = NULL;
done:
    rn_free(bytes);
    return status;
}
