/* SPDX-License-Identifier: MIT */
#include "core/file.h"

#include "core/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAFT_SUFFIX ".XXXXXX" /* mkostemp() makes letters and digits of it */

resnet_status rn_file_fail(const char *path, const char *what)
{
    const int code = errno;
    char buffer[128] = "unknown error";
    const char *reason = strerror_r(code, buffer, sizeof buffer);
    return rn_fail(code == ENOMEM ? RESNET_E_NOMEM : RESNET_E_IO, "%s: %s: %s", path, what, reason);
}

static resnet_status check_regular(int fd, size_t *out_size, const char *path, uint64_t max_size)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return rn_file_fail(path, "cannot stat");
    if (!S_ISREG(info.st_mode)) return rn_fail(RESNET_E_IO, "%s: not a regular file", path);
    if ((uint64_t)info.st_size > max_size)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: %llu bytes, above the cap of %llu", path,
                       (unsigned long long)info.st_size, (unsigned long long)max_size);
    *out_size = (size_t)info.st_size;
    return RESNET_OK;
}

resnet_status rn_file_open_regular(int *out_fd, size_t *out_size, const char *path,
                                   uint64_t max_size)
{
    const int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe has no writer to await */
    if (fd < 0) return rn_file_fail(path, "cannot open");
    const resnet_status status = check_regular(fd, out_size, path, max_size);
    if (status == RESNET_OK)
        *out_fd = fd;
    else
        close(fd);
    return status;
}

static resnet_status read_fully(int fd, char *bytes, size_t size, const char *path)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t n = read(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rn_file_fail(path, "cannot read");
        if (n == 0)
            return rn_fail(RESNET_E_IO, "%s: ended after %zu of %zu bytes", path, done, size);
        done += (size_t)n;
    }
    return RESNET_OK;
}

resnet_status rn_file_read(void **out, size_t *out_size, const char *path, uint64_t max_size)
{
    int fd = -1;
    size_t size = 0;
    char *bytes = NULL;
    resnet_status status = rn_file_open_regular(&fd, &size, path, max_size);
    if (status != RESNET_OK) return status;
    bytes = rn_alloc(size, 1);
    if (!bytes) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(read_fully(fd, bytes, size, path));
    *out = bytes;
    *out_size = size;
    bytes = NULL;
done:
    rn_free(bytes);
    close(fd);
    return status;
}

resnet_status rn_file_draft_open(rn_file_draft *out, const char *path)
{
    rn_file_draft draft = {rn_strdup(path), rn_format("%s" DRAFT_SUFFIX, path)};
    resnet_status status = RESNET_OK;
    if (!draft.path || !draft.temporary) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    const int fd = mkostemp(draft.temporary, O_CLOEXEC);
    if (fd < 0) {
        status = rn_file_fail(path, "cannot create a file beside it");
        goto done;
    }
    fchmod(fd, 0644); /* mkostemp gives 0600; others may read a model */
    close(fd);
    *out = draft;
    return RESNET_OK;
done:
    rn_free(draft.path);
    rn_free(draft.temporary);
    return status;
}

static resnet_status sync_file(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return rn_file_fail(path, "cannot open");
    const resnet_status status = fsync(fd) == 0 ? RESNET_OK : rn_file_fail(path, "cannot sync");
    close(fd);
    return status;
}

/* -1 for a folder that may be written to but not read, which cannot be synced. */
static resnet_status open_folder_of(const char *path, int *out_fd)
{
    const char *slash = strrchr(path, '/');
    const size_t length = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = slash ? rn_strndup(path, length) : rn_strdup(".");
    if (!folder) return RESNET_E_NOMEM;
    *out_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rn_free(folder);
    return RESNET_OK;
}

static bool is_draft_of(const char *name, const char *file)
{
    const size_t length = strlen(file);
    const size_t suffix = strlen(DRAFT_SUFFIX);
    return strlen(name) == length + suffix && memcmp(name, file, length) == 0 &&
           name[length] == '.' && !strchr(name + length + 1, '.');
}

void rn_file_remove_drafts(const char *path)
{
    const char *slash = strrchr(path, '/');
    int fd = -1;
    DIR *folder = open_folder_of(path, &fd) == RESNET_OK && fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        if (fd >= 0) close(fd);
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (is_draft_of(entry->d_name, slash ? slash + 1 : path)) unlinkat(fd, entry->d_name, 0);
    closedir(folder);
}

static void close_draft(rn_file_draft *draft)
{
    rn_free(draft->path);
    rn_free(draft->temporary);
    *draft = (rn_file_draft){NULL, NULL};
}

resnet_status rn_file_draft_commit(rn_file_draft *draft)
{
    resnet_status status;
    int folder = -1;
    RN_TRY(sync_file(draft->temporary));
    RN_TRY(open_folder_of(draft->path, &folder));
    if (rename(draft->temporary, draft->path) != 0) {
        status = rn_file_fail(draft->path, "cannot rename into place");
        goto done;
    }
    if (folder >= 0 && fsync(folder) != 0 && errno == EIO) /* some file systems cannot at all */
        status = rn_file_fail(draft->path, "cannot sync its folder");
    close_draft(draft);
done:
    if (folder >= 0) close(folder);
    rn_file_draft_discard(draft);
    return status;
}

void rn_file_draft_discard(rn_file_draft *draft)
{
    if (draft->temporary) unlink(draft->temporary);
    close_draft(draft);
}

static resnet_status write_fully(const char *path, const char *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return rn_file_fail(path, "cannot open");
    resnet_status status = RESNET_OK;
    size_t done = 0;
    while (done < size && status == RESNET_OK) {
        const ssize_t n = write(fd, bytes + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            status = rn_file_fail(path, "cannot write");
    }
    close(fd);
    return status;
}

resnet_status rn_file_write(const char *path, const void *bytes, size_t size)
{
    rn_file_draft draft = {NULL, NULL};
    resnet_status status = rn_file_draft_open(&draft, path);
    if (status != RESNET_OK) return status;
    RN_TRY(write_fully(draft.temporary, bytes, size));
    return rn_file_draft_commit(&draft);
done:
    rn_file_draft_discard(&draft);
    return status;
}
