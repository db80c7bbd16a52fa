/** Files read whole, or written so that a crash never leaves half of one.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_FILE_H
#define RN_CORE_FILE_H

#include "core/error.h"

/** Reads the whole file into a block of rn_alloc(). UNSUPPORTED above max_size bytes, IO with the
 *  path and the system's word. */
resnet_status rn_file_read(void **out, size_t *out_size, const char *path, uint64_t max_size);

/** Opens a regular file of at most max_size bytes for reading. *out_fd is the caller's to close. */
resnet_status rn_file_open_regular(int *out_fd, size_t *out_size, const char *path,
                                   uint64_t max_size);

/** A failure of the system's, from errno: "path: what: its word". NOMEM for want of memory, else
 * IO. */
resnet_status rn_file_fail(const char *path, const char *what);

/** A new file under a temporary name in the same folder, which takes its place at commit. */
typedef struct rn_file_draft {
    char *path;      /* where it shall end up */
    char *temporary; /* write here */
} rn_file_draft;
resnet_status rn_file_draft_open(rn_file_draft *out, const char *path);
/** fsync, rename, fsync of the folder. The draft is closed either way; on failure the temporary
 *  file is removed and what stood at `path` stays. */
resnet_status rn_file_draft_commit(rn_file_draft *draft);
/** Removes the temporary file; fine after commit. */
void rn_file_draft_discard(rn_file_draft *draft);

/** Removes the drafts of `path` that killed processes left behind, as far as that can be done. Only
 * for files that nobody else is writing. */
void rn_file_remove_drafts(const char *path);

/** Writes `size` bytes through a draft. */
resnet_status rn_file_write(const char *path, const void *bytes, size_t size);

#endif
