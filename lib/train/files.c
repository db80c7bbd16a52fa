/* SPDX-License-Identifier: MIT */
#include "train/files.h"

#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static resnet_status make_one(const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) return RESNET_OK;
    if (errno != EEXIST) return rn_file_fail(path, "cannot make the folder");
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return RESNET_OK;
    return rn_fail(RESNET_E_IO, "%s: is there, and no folder", path);
}

resnet_status rn_files_make_folder(const char *path)
{
    char *part = rn_strdup(path);
    if (!part) return RESNET_E_NOMEM;
    resnet_status status;
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        RN_TRY(make_one(part));
        *slash = '/';
    }
    RN_TRY(make_one(part));
done:
    rn_free(part);
    return status;
}
