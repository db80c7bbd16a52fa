/* What a build without libzip has in place of zip_entry.c: no archive opens, so nothing else is
 * reached. SPDX-License-Identifier: MIT */
#include "store/zip_entry.h"

resnet_status rn_zip_open(rn_zip *out, const void *bytes, size_t size, rn_budget *budget)
{
    (void)out, (void)bytes, (void)size, (void)budget;
    return rn_fail(
        RESNET_E_UNSUPPORTED,
        "a zip archive, as .pth and .keras are: this build of the library has no libzip");
}

static resnet_status fail_unopened(void)
{
    return rn_fail(RESNET_E_INTERNAL, "zip: no archive is open");
}

void rn_zip_close(rn_zip *zip)
{
    *zip = (rn_zip){0};
}

const char *rn_zip_get_name(const rn_zip *zip, uint64_t index)
{
    (void)zip, (void)index;
    return "";
}

size_t rn_zip_count(const rn_zip *zip)
{
    (void)zip;
    return 0;
}

int64_t rn_zip_find(const rn_zip *zip, const char *name)
{
    (void)zip, (void)name;
    return -1;
}

int64_t rn_zip_find_ending(const rn_zip *zip, const char *ending)
{
    (void)zip, (void)ending;
    return -1;
}

resnet_status rn_zip_get_size(const rn_zip *zip, uint64_t index, uint64_t *out)
{
    (void)zip, (void)index, (void)out;
    return fail_unopened();
}

resnet_status rn_zip_read(const rn_zip *zip, uint64_t index, uint64_t max_size, void **out,
                          size_t *out_size)
{
    (void)zip, (void)index, (void)max_size, (void)out, (void)out_size;
    return fail_unopened();
}
