/** Files read whole, or written so that a crash never leaves half of one.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_FILE_H
#define RN_CORE_FILE_H

#include "core/error.h"

/** A descriptor above those of the standard streams for the same file; `fd` is closed if need be,
 *  and a negative one passed on. Where the host has closed a stream, a file of ours must not become
 *  what its messages are printed to. */
int rn_file_above_streams(int fd);

/** Reads the whole file into a block of rn_alloc(). UNSUPPORTED above max_size bytes, IO with the
 *  path and the system's word. */
resnet_status rn_file_read(void **out, size_t *out_size, const char *path, uint64_t max_size);

/** The same of no more than the first head_size bytes; *out_whole tells the file's size, which
 *  max_size is compared with. */
resnet_status rn_file_read_head(void **out, size_t *out_size, size_t *out_whole, const char *path,
                                uint64_t max_size, size_t head_size);

/** Opens a regular file of at most max_size bytes for reading. *out_fd is the caller's to close. */
resnet_status rn_file_open_regular(int *out_fd, size_t *out_size, const char *path,
                                   uint64_t max_size);

/** A failure of the system's, from errno: "path: what: its word". NOMEM for want of memory, else
 * IO. */
resnet_status rn_file_fail(const char *path, const char *what);

/** A file being written. What is or shall be a regular file is written under another name in the
 * same folder and takes its place at commit, with the mode and the owner of what it replaces, or
 * else 0666 less the umask; links are followed. What is no regular file (a device, a pipe, a
 * descriptor of this process such as /dev/stdout) is written straight through. */
typedef struct rn_file_draft {
    char *path;     /* as the caller says it */
    char *name;     /* of the target in its folder; NULL: written through */
    char draft[40]; /* its name in the folder until then */
    int folder, fd; /* -1: none */
} rn_file_draft;
#define RN_FILE_NO_DRAFT                                                                           \
    {                                                                                              \
        NULL, NULL, "", -1, -1                                                                     \
    }
/** IO: a folder, protected, or in a place where nothing can be made. Waits for the reader of a
 * named pipe. Removes what killed writers of the same file left behind: what living ones write
 * stays, and so does every file that only looks alike. */
resnet_status rn_file_draft_open(rn_file_draft *out, const char *path);
/** Appends. IO: a full disk among others; the draft is then only good for discarding. */
resnet_status rn_file_draft_write(rn_file_draft *draft, const void *bytes, size_t size);
/** fsync, rename, fsync of the folder. The draft is closed either way; on failure it is removed and
 *  what stood at the path stays. */
resnet_status rn_file_draft_commit(rn_file_draft *draft);
/** Closes and removes the draft; fine after commit. */
void rn_file_draft_discard(rn_file_draft *draft);

/** Whether a file could be written at `path` now: opens a draft and discards it, but waits for no
 *  pipe's reader. */
resnet_status rn_file_check(const char *path);

/** Writes `size` bytes through a draft. */
resnet_status rn_file_write(const char *path, const void *bytes, size_t size);

/** Adds bytes to the end of a file, making it if it is not there: all of them, or on failure none
 *  where the file can be cut back. IO. */
resnet_status rn_file_append(const char *path, const void *bytes, size_t size);

/** Keeps what is written through (a named pipe, a device) open from one rn_file_append() to the
 *  next, since a pipe's reader takes a close for the end. Waits for that reader. *out: a descriptor
 *  for the caller to close, or -1 for what needs none. IO. */
resnet_status rn_file_hold(int *out, const char *path);

#endif
