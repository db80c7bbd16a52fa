/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"

#include "core/mem.h"

struct resnet_bytes {
    void *block;
    size_t size;
};

resnet_status rn_bytes_create(resnet_bytes **out, void *block, size_t size)
{
    resnet_bytes *bytes = rn_alloc(1, sizeof *bytes);
    if (!bytes) {
        rn_free(block);
        return RESNET_E_NOMEM;
    }
    *bytes = (resnet_bytes){block, size};
    *out = bytes;
    return RESNET_OK;
}

const void *resnet_bytes_get_data(const resnet_bytes *bytes)
{
    return bytes ? bytes->block : NULL;
}

size_t resnet_bytes_get_size(const resnet_bytes *bytes)
{
    return bytes ? bytes->size : 0;
}

void resnet_bytes_free(resnet_bytes *bytes)
{
    if (bytes) rn_free(bytes->block);
    rn_free(bytes);
}
