/* SPDX-License-Identifier: MIT */
#include "train/files.h"

#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static resnet_status fail_io(const char *path, const char *what)
{
    char buffer[128] = "unknown error";
    const int code = errno;
    return rn_fail(RESNET_E_IO, "%s: %s: %s", path, what, strerror_r(code, buffer, sizeof buffer));
}

static resnet_status make_one(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return RESNET_OK;
    return fail_io(path, "cannot make the folder");
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

resnet_status rn_files_append(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return fail_io(path, "cannot open");
    ssize_t n;
    do n = write(fd, bytes, size);
    while (n < 0 && errno == EINTR);
    resnet_status status = RESNET_OK;
    if (n < 0)
        status = fail_io(path, "cannot write");
    else if ((size_t)n < size)
        status = rn_fail(RESNET_E_IO, "%s: only %zd of %zu bytes could be written", path, n, size);
    if (close(fd) != 0 && status == RESNET_OK) status = fail_io(path, "cannot write");
    return status;
}
