/* After Linux's openat2(): size first, known fields, then a tail that must be zero.
 * SPDX-License-Identifier: MIT */
#include "core/options.h"

#include <string.h>

#define MAX_SIZE 4096 /* no struct of any release comes near; reading on would leave the caller's  \
                       */

static resnet_status check_size(uint64_t size, size_t first_size, const char *name)
{
    if (size > MAX_SIZE)
        return rn_fail(RESNET_E_INVALID,
                       "%s: struct_size %llu is beyond any release's; was it "
                       "filled by its init function?",
                       name, (unsigned long long)size);
    if (size >= first_size) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID,
                   "%s: struct_size %llu is below the first release's %zu; was "
                   "it filled by its init function?",
                   name, (unsigned long long)size, first_size);
}

static int is_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i]) return 0;
    return 1;
}

resnet_status rn_options_read(void *ours, size_t our_size, size_t first_size, const void *theirs,
                              const char *name)
{
    if (!theirs) return RESNET_OK;
    uint64_t their_size;
    memcpy(&their_size, theirs, sizeof their_size);
    const resnet_status status = check_size(their_size, first_size, name);
    if (status != RESNET_OK) return status;
    if (their_size > our_size &&
        !is_zero((const unsigned char *)theirs + our_size, (size_t)their_size - our_size))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: a field of a later release is set", name);
    memcpy(ours, theirs, their_size < our_size ? (size_t)their_size : our_size);
    const uint64_t size = our_size;
    memcpy(ours, &size, sizeof size);
    return RESNET_OK;
}

resnet_status rn_options_write(void *theirs, size_t size, const void *ours, size_t our_size,
                               size_t first_size, const char *name)
{
    if (!theirs) return rn_fail(RESNET_E_INVALID, "%s: NULL", name);
    const resnet_status status = check_size(size, first_size, name);
    if (status != RESNET_OK) return status;
    memset(theirs, 0, size);
    memcpy(theirs, ours, size < our_size ? size : our_size);
    const uint64_t their_size = size;
    memcpy(theirs, &their_size, sizeof their_size);
    return RESNET_OK;
}
