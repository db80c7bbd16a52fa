/** A whole file as bytes. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_FILE_VIEW_H
#define RN_CORE_FILE_VIEW_H

#include "core/error.h"

#include <stdbool.h>

typedef struct rn_file_view {
    const void *data; /* NULL for an empty file */
    size_t size;
    bool is_mapped;
} rn_file_view;

/** Reads the file, or maps it where `may_map`. A mapped file that another process cuts short while
 *  it is looked at ends this one with SIGBUS, so it is for files that nobody else writes to.
 *  UNSUPPORTED above max_size bytes, NOMEM, IO with the path and the system's word. */
resnet_status rn_file_view_open(rn_file_view *out, const char *path, uint64_t max_size,
                                bool may_map);
void rn_file_view_close(rn_file_view *view);

#endif
