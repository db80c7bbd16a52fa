/* Writing. A draft is called after its target by a hash, in one of a few slots, and is locked while
 * its writer lives: so the next writer of the same file finds what a killed one left without
 * looking through the folder, and no file of the user's can pass for one. SPDX-License-Identifier:
 * MIT */
#include "core/file.h"
#include "core/file_target.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_SLOTS 16   /* writers of one file at the same time */
#define MAX_TRIES 64 /* against others that remove what we are about to lock */

/* ---- bytes ---- */

/* Signals that a failing write would raise, and which end a host that does not expect them. */
typedef struct hush {
    sigset_t signals, before;
    bool was_pending;
} hush;

static void hush_begin(hush *h)
{
    sigset_t pending;
    sigemptyset(&h->signals);
    sigaddset(&h->signals, SIGPIPE);
    sigaddset(&h->signals, SIGXFSZ);
    sigpending(&pending);
    h->was_pending = sigismember(&pending, SIGPIPE) == 1 || sigismember(&pending, SIGXFSZ) == 1;
    pthread_sigmask(SIG_BLOCK, &h->signals, &h->before);
}

static void hush_end(const hush *h)
{
    static const struct timespec at_once = {0, 0};
    const int code = errno;
    while (!h->was_pending && sigtimedwait(&h->signals, NULL, &at_once) > 0) continue;
    pthread_sigmask(SIG_SETMASK, &h->before, NULL);
    errno = code;
}

/* Writes some of the bytes; -1 with errno set. */
static ssize_t write_some(int fd, const char *bytes, size_t size)
{
    for (;;) {
        const ssize_t n = write(fd, bytes, size);
        if (n >= 0 || (errno != EINTR && errno != EAGAIN)) return n;
        if (errno == EAGAIN) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
    }
}

static resnet_status write_fully(int fd, const char *path, const char *bytes, size_t size)
{
    resnet_status status = RESNET_OK;
    hush quiet;
    hush_begin(&quiet);
    for (size_t done = 0; done < size && status == RESNET_OK;) {
        const ssize_t n = write_some(fd, bytes + done, size - done);
        if (n < 0)
            status = rn_file_fail(path, "cannot write");
        else
            done += (size_t)n;
    }
    hush_end(&quiet);
    return status;
}

static resnet_status sync_file(int fd, const char *path)
{
    if (fsync(fd) == 0 || errno == EINVAL || errno == EROFS) return RESNET_OK; /* no disk behind */
    return rn_file_fail(path, "cannot sync");
}

/* ---- names ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* FNV-1a. */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

static void name_draft(rn_file_draft *draft, size_t slot)
{
    snprintf(draft->draft, sizeof draft->draft, ".resnet50-draft-%016llx-%02u",
             (unsigned long long)hash_name(draft->name), (unsigned)slot % 100);
}

/* O_PATH: a folder that may be written to but not read. */
static resnet_status open_folder_of(int *out, const char *target, const char *path)
{
    const size_t length = (size_t)(last_part(target) - target);
    char *folder = length ? rn_strndup(target, length) : rn_strdup(".");
    if (!folder) return RESNET_E_NOMEM;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES) fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *out = rn_file_above_streams(fd);
    rn_free(folder);
    return *out >= 0 ? RESNET_OK : rn_file_fail(path, "cannot open its folder");
}

/* ---- drafts in their folder ---- */

static bool is_named(int folder, const char *name, int fd)
{
    struct stat open_file, there;
    return fstat(fd, &open_file) == 0 && fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           open_file.st_dev == there.st_dev && open_file.st_ino == there.st_ino;
}

/* A file of ours that nobody holds was left by a writer that was killed. */
static void remove_stale(int folder, const char *name)
{
    struct stat info;
    const int fd =
        rn_file_above_streams(openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (fd < 0) return;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(folder, name, fd))
        unlinkat(folder, name, 0);
    close(fd);
}

static void remove_all_stale(rn_file_draft *draft)
{
    for (size_t slot = 0; slot < N_SLOTS; slot++) {
        name_draft(draft, slot);
        remove_stale(draft->folder, draft->draft);
    }
}

/* Makes and locks the draft under its name; false with errno set. EEXIST: somebody else's, or taken
 * away by another before it was locked. A file system without locks has to do without. */
static bool make_locked(rn_file_draft *draft, mode_t mode)
{
    draft->fd = rn_file_above_streams(
        openat(draft->folder, draft->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (draft->fd < 0) return false;
    const bool is_taken = flock(draft->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_taken && is_named(draft->folder, draft->draft, draft->fd)) return true;
    close(draft->fd);
    draft->fd = -1;
    errno = EEXIST;
    return false;
}

/* What replaces a file is nobody else's to read until it gets that file's mode. */
static resnet_status make_draft(rn_file_draft *draft, bool replaces)
{
    for (size_t i = 0; i < MAX_TRIES; i++) {
        name_draft(draft, i % N_SLOTS);
        if (make_locked(draft, replaces ? 0600 : 0666)) return RESNET_OK;
        if (errno != EEXIST) return rn_file_fail(draft->path, "cannot create a file beside it");
    }
    return rn_fail(RESNET_E_IO, "%s: many others are writing it", draft->path);
}

/* ---- opening ---- */

static void close_draft(rn_file_draft *draft)
{
    if (draft->fd >= 0) close(draft->fd);
    if (draft->folder >= 0) close(draft->folder);
    rn_free(draft->path);
    rn_free(draft->name);
    *draft = (rn_file_draft)RN_FILE_NO_DRAFT;
}

void rn_file_draft_discard(rn_file_draft *draft)
{
    if (draft->name && draft->fd >= 0 && is_named(draft->folder, draft->draft, draft->fd))
        unlinkat(draft->folder, draft->draft, 0);
    close_draft(draft);
}

static int open_through(const rn_file_target *target, int flags)
{
    if (target->kind == RN_FILE_DESCRIPTOR)
        return fcntl(target->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return rn_file_above_streams(open(target->path, O_WRONLY | O_NOCTTY | O_CLOEXEC | flags));
}

static bool goes_through(const rn_file_target *target)
{
    return target->kind == RN_FILE_THROUGH || target->kind == RN_FILE_DESCRIPTOR;
}

static resnet_status open_draft(rn_file_draft *draft, const rn_file_target *target)
{
    resnet_status status;
    draft->name = rn_strdup(last_part(target->path));
    if (!draft->name) return RESNET_E_NOMEM;
    RN_TRY(open_folder_of(&draft->folder, target->path, draft->path));
    remove_all_stale(draft);
    status = make_draft(draft, target->kind == RN_FILE_REGULAR);
done:
    return status;
}

resnet_status rn_file_draft_open(rn_file_draft *out, const char *path)
{
    rn_file_target target = {NULL, RN_FILE_NEW, -1};
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    resnet_status status = RESNET_OK;
    draft.path = rn_strdup(path);
    if (!draft.path) return RESNET_E_NOMEM;
    RN_TRY(rn_file_target_find(&target, path));
    if (goes_through(&target)) {
        draft.fd = open_through(&target, 0);
        if (draft.fd < 0) status = rn_file_fail(path, "cannot open");
    } else {
        status = open_draft(&draft, &target);
    }
done:
    rn_free(target.path);
    if (status == RESNET_OK)
        *out = draft;
    else
        rn_file_draft_discard(&draft);
    return status;
}

resnet_status rn_file_check(const char *path)
{
    rn_file_target target = {NULL, RN_FILE_NEW, -1};
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    resnet_status status = rn_file_target_find(&target, path);
    if (status != RESNET_OK) return status;
    if (!goes_through(&target)) status = rn_file_draft_open(&draft, path);
    rn_file_draft_discard(&draft);
    rn_free(target.path);
    return status;
}

/* ---- writing and ending ---- */

resnet_status rn_file_draft_write(rn_file_draft *draft, const void *bytes, size_t size)
{
    return write_fully(draft->fd, draft->path, bytes, size);
}

/* Where the group cannot be kept, its members get no more than everybody. */
static resnet_status take_over_mode(const rn_file_draft *draft)
{
    struct stat old;
    if (fstatat(draft->folder, draft->name, &old, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? RESNET_OK : rn_file_fail(draft->path, "cannot stat");
    if (!S_ISREG(old.st_mode))
        return rn_fail(RESNET_E_IO, "%s: is no regular file any more", draft->path);
    mode_t mode = old.st_mode & 07777;
    if (fchown(draft->fd, old.st_uid, old.st_gid) != 0 && fchown(draft->fd, (uid_t)-1, old.st_gid))
        mode = (mode & 0707) | (mode & 07) << 3;
    return fchmod(draft->fd, mode) == 0 ? RESNET_OK
                                        : rn_file_fail(draft->path, "cannot set its mode");
}

static resnet_status put_in_place(const rn_file_draft *draft)
{
    if (!is_named(draft->folder, draft->draft, draft->fd))
        return rn_fail(RESNET_E_IO, "%s: what was written has been taken away", draft->path);
    if (renameat(draft->folder, draft->draft, draft->folder, draft->name) != 0)
        return rn_file_fail(draft->path, "cannot rename into place");
    if (fsync(draft->folder) != 0 && errno == EIO) /* some file systems cannot at all */
        return rn_file_fail(draft->path, "cannot sync its folder");
    return RESNET_OK;
}

resnet_status rn_file_draft_commit(rn_file_draft *draft)
{
    resnet_status status;
    if (draft->name) RN_TRY(take_over_mode(draft));
    RN_TRY(sync_file(draft->fd, draft->path));
    if (draft->name) RN_TRY(put_in_place(draft));
    const int fd = draft->fd;
    draft->fd = -1;
    if (close(fd) != 0 && errno != EINTR) status = rn_file_fail(draft->path, "cannot close");
done:
    rn_file_draft_discard(draft);
    return status;
}

resnet_status rn_file_write(const char *path, const void *bytes, size_t size)
{
    rn_file_draft draft = RN_FILE_NO_DRAFT;
    resnet_status status = rn_file_draft_open(&draft, path);
    if (status != RESNET_OK) return status;
    RN_TRY(rn_file_draft_write(&draft, bytes, size));
    return rn_file_draft_commit(&draft);
done:
    rn_file_draft_discard(&draft);
    return status;
}

/* ---- files that grow ---- */

/* A pipe whose reader has gone is an error: to wait for another might be for ever. */
static int open_to_append(const rn_file_target *target)
{
    if (goes_through(target)) return open_through(target, O_NONBLOCK);
    return rn_file_above_streams(
        open(target->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
}

resnet_status rn_file_append(const char *path, const void *bytes, size_t size)
{
    rn_file_target target = {NULL, RN_FILE_NEW, -1};
    struct stat before = {.st_size = -1};
    resnet_status status = rn_file_target_find(&target, path);
    if (status != RESNET_OK) return status;
    const int fd = open_to_append(&target);
    if (fd < 0) RN_TRY(rn_file_fail(path, "cannot open"));
    fstat(fd, &before);
    status = write_fully(fd, path, bytes, size);
    if (status != RESNET_OK && !goes_through(&target) && before.st_size >= 0 &&
        ftruncate(fd, before.st_size) != 0)
        status = rn_fail_in(status, "half a line was written");
    if (close(fd) != 0 && errno != EINTR && status == RESNET_OK)
        status = rn_file_fail(path, "cannot close");
done:
    rn_free(target.path);
    return status;
}

resnet_status rn_file_hold(int *out, const char *path)
{
    rn_file_target target = {NULL, RN_FILE_NEW, -1};
    const resnet_status status = rn_file_target_find(&target, path);
    *out = -1;
    if (status != RESNET_OK || target.kind != RN_FILE_THROUGH) {
        rn_free(target.path);
        return status;
    }
    *out = open_through(&target, 0);
    rn_free(target.path);
    return *out >= 0 ? RESNET_OK : rn_file_fail(path, "cannot open");
}
