/** Zip archives in memory, through libzip. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_ZIP_ENTRY_H
#define RN_STORE_ZIP_ENTRY_H

#include "core/budget.h"

#include <stdbool.h>

/** The bytes and the budget must outlive it. */
typedef struct rn_zip {
    struct zip *archive; /* libzip's */
    uint64_t size;       /* of the archive, bytes */
    rn_budget *budget;
} rn_zip;

/** FORMAT for damage, such as a download that was cut short; UNSUPPORTED for a huge directory or
 *  beyond the budget; NOMEM. */
resnet_status rn_zip_open(rn_zip *out, const void *bytes, size_t size, rn_budget *budget);
/** Fine on a zeroed one. */
void rn_zip_close(rn_zip *zip);

/** An entry's name, "" if it has none. */
const char *rn_zip_get_name(const rn_zip *zip, uint64_t index);
size_t rn_zip_count(const rn_zip *zip);
/** The entry's index, or -1. */
int64_t rn_zip_find(const rn_zip *zip, const char *name);
/** The first entry whose name ends so, or -1. */
int64_t rn_zip_find_ending(const rn_zip *zip, const char *ending);

/** An entry's size, bytes, once unpacked. FORMAT when an archive of this size cannot hold that
 *  much. */
resnet_status rn_zip_get_size(const rn_zip *zip, uint64_t index, uint64_t *out);

/** Reads a whole entry of at most max_size bytes, paid from the budget, into a block of rn_alloc(),
 * its checksum checked, and a zero byte behind it. */
resnet_status rn_zip_read(const rn_zip *zip, uint64_t index, uint64_t max_size, void **out,
                          size_t *out_size);

#endif
