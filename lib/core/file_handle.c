/* The draft as hosts see it. SPDX-License-Identifier: MIT */
#include "core/file.h"
#include "core/mem.h"

#include <resnet/file.h>

#include <stdbool.h>

struct resnet_file {
    rn_file_draft draft;
    bool is_open; /* not committed yet */
};

resnet_status resnet_file_check(const char *path)
{
    if (!path) return rn_fail(RESNET_E_INVALID, "resnet_file_check: path is NULL");
    return rn_file_check(path);
}

resnet_status resnet_file_create(resnet_file **out, const char *path)
{
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_file_create: NULL argument");
    resnet_file *file = rn_calloc(1, sizeof *file);
    if (!file) return RESNET_E_NOMEM;
    const resnet_status status = rn_file_draft_open(&file->draft, path);
    file->is_open = status == RESNET_OK;
    if (file->is_open)
        *out = file;
    else
        rn_free(file);
    return status;
}

static resnet_status check_open(const resnet_file *file, const char *caller)
{
    if (!file) return rn_fail(RESNET_E_INVALID, "%s: file is NULL", caller);
    if (!file->is_open) return rn_fail(RESNET_E_STATE, "%s: already committed", caller);
    return RESNET_OK;
}

resnet_status resnet_file_write(resnet_file *file, const void *bytes, size_t size)
{
    const resnet_status status = check_open(file, "resnet_file_write");
    if (status != RESNET_OK || size == 0) return status;
    if (!bytes) return rn_fail(RESNET_E_INVALID, "resnet_file_write: bytes is NULL");
    return rn_file_draft_write(&file->draft, bytes, size);
}

resnet_status resnet_file_commit(resnet_file *file)
{
    const resnet_status status = check_open(file, "resnet_file_commit");
    if (status != RESNET_OK) return status;
    file->is_open = false;
    return rn_file_draft_commit(&file->draft);
}

void resnet_file_free(resnet_file *file)
{
    if (!file) return;
    if (file->is_open) rn_file_draft_discard(&file->draft);
    rn_free(file);
}
