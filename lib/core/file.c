/* SPDX-License-Identifier: MIT */
#include "core/file.h"

#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static resnet_status status_of(int code)
{
    if (code == ENOMEM) return RESNET_E_NOMEM;
    return code == ENOENT || code == ENOTDIR ? RESNET_E_NOT_FOUND : RESNET_E_IO;
}

resnet_status rn_file_fail(const char *path, const char *what)
{
    const int code = errno;
    char buffer[128] = "unknown error";
    const char *reason = strerror_r(code, buffer, sizeof buffer);
    return rn_fail(status_of(code), "%s: %s: %s", path, what, reason);
}

int rn_file_above_streams(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO) return fd;
    const int above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int code = errno;
    close(fd);
    errno = code;
    return above;
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
    const int fd = rn_file_above_streams(
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)); /* a pipe has no writer to await */
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

resnet_status rn_file_read_head(void **out, size_t *out_size, size_t *out_whole, const char *path,
                                uint64_t max_size, size_t head_size)
{
    int fd = -1;
    size_t whole = 0;
    char *bytes = NULL;
    resnet_status status = rn_file_open_regular(&fd, &whole, path, max_size);
    if (status != RESNET_OK) return status;
    const size_t size = whole < head_size ? whole : head_size;
    bytes = rn_alloc(size, 1);
    if (!bytes) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(read_fully(fd, bytes, size, path));
    *out = bytes;
    *out_size = size;
    *out_whole = whole;
    bytes = NULL;
done:
    rn_free(bytes);
    close(fd);
    return status;
}

resnet_status rn_file_read(void **out, size_t *out_size, const char *path, uint64_t max_size)
{
    size_t whole;
    return rn_file_read_head(out, out_size, &whole, path, max_size, SIZE_MAX);
}
