/* Links are followed by hand, so that the file which a link leads to is replaced and the link
 * stays, and because links of /proc to open files lead to what is written through even where
 * readlink() names a regular file. SPDX-License-Identifier: MIT */
#include "core/file_target.h"

#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as Linux has it */

/* Bytes of the path up to its last part, the slash among them. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

/* Whether the path lies in /proc; *is_ours: among this process's own descriptors. */
static bool is_open_file(const char *path, bool *is_ours)
{
    struct statfs system;
    struct stat folder, own;
    char *name = rn_strndup(path, folder_length(path));
    const bool found = name && *name && statfs(name, &system) == 0 &&
                       system.f_type == PROC_SUPER_MAGIC && stat(name, &folder) == 0;
    *is_ours = found && stat("/proc/self/fd", &own) == 0 && own.st_dev == folder.st_dev &&
               own.st_ino == folder.st_ino;
    rn_free(name);
    return found;
}

/* The path that a link at `from` with this content leads to. */
static char *join(const char *from, const char *content)
{
    if (*content == '/') return rn_strdup(content);
    return rn_format("%.*s%s", (int)folder_length(from), from, content);
}

/* Replaces target->path by what the link there leads to; *done when it is none to be followed. */
static resnet_status follow(rn_file_target *target, const char *path, bool *done)
{
    char content[PATH_MAX];
    bool is_ours = false;
    const ssize_t length = readlink(target->path, content, sizeof content - 1);
    *done = true;
    if (length < 0 && errno != EINVAL && errno != ENOENT) return rn_file_fail(path, "cannot open");
    if (length < 0) return RESNET_OK;
    if (is_open_file(target->path, &is_ours)) {
        target->kind = is_ours ? RN_FILE_DESCRIPTOR : RN_FILE_THROUGH;
        target->descriptor = atoi(target->path + folder_length(target->path));
        return RESNET_OK;
    }
    content[length] = '\0';
    char *next = join(target->path, content);
    if (!next) return RESNET_E_NOMEM;
    rn_free(target->path);
    target->path = next;
    *done = false;
    return RESNET_OK;
}

static resnet_status follow_all(rn_file_target *target, const char *path)
{
    bool done = false;
    for (int i = 0; i < MAX_LINKS && !done; i++) {
        const resnet_status status = follow(target, path, &done);
        if (status != RESNET_OK) return status;
    }
    return done ? RESNET_OK : rn_fail(RESNET_E_IO, "%s: too many links", path);
}

/* A file that its owner has protected stays, although its folder would let it be replaced. */
static resnet_status look(rn_file_target *target, const char *path)
{
    struct stat info;
    if (stat(target->path, &info) != 0) {
        if (errno != ENOENT) return rn_file_fail(path, "cannot open");
        if (target->path[folder_length(target->path)]) return RESNET_OK;
        return rn_fail(RESNET_E_IO, "%s: the name of a folder", path);
    }
    if (S_ISDIR(info.st_mode)) return rn_fail(RESNET_E_IO, "%s: is a folder", path);
    if (target->kind == RN_FILE_NEW)
        target->kind = S_ISREG(info.st_mode) ? RN_FILE_REGULAR : RN_FILE_THROUGH;
    if (target->kind == RN_FILE_DESCRIPTOR) {
        const int flags = fcntl(target->descriptor, F_GETFL);
        if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) return RESNET_OK;
        return rn_fail(RESNET_E_IO, "%s: not open for writing", path);
    }
    if (faccessat(AT_FDCWD, target->path, W_OK, AT_EACCESS) != 0)
        return rn_file_fail(path, "cannot write");
    return RESNET_OK;
}

resnet_status rn_file_target_find(rn_file_target *out, const char *path)
{
    rn_file_target target = {rn_strdup(path), RN_FILE_NEW, -1};
    resnet_status status = target.path ? RESNET_OK : RESNET_E_NOMEM;
    if (status == RESNET_OK) status = follow_all(&target, path);
    if (status == RESNET_OK) status = look(&target, path);
    if (status == RESNET_OK)
        *out = target;
    else
        rn_free(target.path);
    return status;
}
