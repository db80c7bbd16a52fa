/* SPDX-License-Identifier: MIT */
#include "store/zip_entry.h"

#include "core/mem.h"

#include <inttypes.h>
#include <string.h>

#define MAX_ENTRIES 100000
#define MAX_DEFLATE_RATIO 1032 /* 258 bytes of two bits */

static resnet_status fail_zip(zip_error_t *error, const char *what)
{
    const bool memory = zip_error_code_zip(error) == ZIP_ER_MEMORY;
    return rn_fail(memory ? RESNET_E_NOMEM : RESNET_E_FORMAT, "zip: %s: %s", what,
                   zip_error_strerror(error));
}

resnet_status rn_zip_open(rn_zip *out, const void *bytes, size_t size, rn_budget *budget)
{
    resnet_status status = RESNET_OK;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!zip) {
        status = fail_zip(&error, "cannot open the archive");
        zip_source_free(source);
    } else if (zip_get_num_entries(zip, 0) > MAX_ENTRIES) {
        status = rn_fail(RESNET_E_UNSUPPORTED, "zip: more than %d entries", MAX_ENTRIES);
        zip_discard(zip);
    } else {
        *out = (rn_zip){zip, size, budget};
    }
    zip_error_fini(&error);
    return status;
}

void rn_zip_close(rn_zip *zip)
{
    if (zip->archive) zip_discard(zip->archive);
    *zip = (rn_zip){0};
}

zip_int64_t rn_zip_find(const rn_zip *zip, const char *name)
{
    return zip_name_locate(zip->archive, name, ZIP_FL_ENC_RAW);
}

zip_int64_t rn_zip_find_ending(const rn_zip *zip, const char *ending)
{
    const zip_int64_t count = zip_get_num_entries(zip->archive, 0);
    const size_t length = strlen(ending);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(zip->archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const size_t name_length = name ? strlen(name) : 0;
        if (name_length >= length && strcmp(name + name_length - length, ending) == 0) return i;
    }
    return -1;
}

resnet_status rn_zip_get_size(const rn_zip *zip, zip_uint64_t index, uint64_t *out)
{
    zip_stat_t info;
    zip_stat_init(&info);
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(zip->archive, index, 0, &info) != 0 || (info.valid & needed) != needed)
        return fail_zip(zip_get_error(zip->archive), "cannot look an entry up");
    const uint64_t growth = info.comp_method == ZIP_CM_STORE ? 1 : MAX_DEFLATE_RATIO;
    if (info.comp_size > zip->size || info.size / growth > info.comp_size)
        return rn_fail(RESNET_E_FORMAT, "zip: %s claims %" PRIu64 " bytes",
                       zip_get_name(zip->archive, index, ZIP_FL_ENC_RAW), (uint64_t)info.size);
    *out = info.size;
    return RESNET_OK;
}

static resnet_status read_entry(zip_t *archive, zip_uint64_t index, char *bytes, uint64_t size)
{
    resnet_status status = RESNET_OK;
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    if (!file) return fail_zip(zip_get_error(archive), "cannot open an entry");
    uint64_t done = 0;
    while (done < size) {
        const zip_int64_t n = zip_fread(file, bytes + done, size - done);
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

resnet_status rn_zip_read(const rn_zip *zip, zip_uint64_t index, uint64_t max_size, void **out,
                          size_t *out_size)
{
    resnet_status status;
    uint64_t size = 0;
    char *bytes = NULL;
    RN_TRY(rn_zip_get_size(zip, index, &size));
    if (size > max_size) {
        status = rn_fail(RESNET_E_UNSUPPORTED, "zip: an entry of %" PRIu64 " bytes, above %" PRIu64,
                         size, max_size);
        goto done;
    }
    RN_TRY(rn_budget_spend(zip->budget, size, "unpacked bytes"));
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
