/** What a path to be written leads to. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_FILE_TARGET_H
#define RN_CORE_FILE_TARGET_H

#include "core/error.h"

typedef enum rn_file_kind {
    RN_FILE_NEW,        /* nothing is there yet */
    RN_FILE_REGULAR,    /* to be replaced */
    RN_FILE_THROUGH,    /* a device or a pipe, to be opened as it is */
    RN_FILE_DESCRIPTOR, /* one of this process's own: /dev/stdout, /dev/fd/N */
} rn_file_kind;

typedef struct rn_file_target {
    char *path; /* with the links of its last part followed; of rn_alloc() */
    rn_file_kind kind;
    int descriptor; /* of DESCRIPTOR */
} rn_file_target;

/** IO, naming `path`: a folder, a name too long, links in a circle, a file that may not be written.
 *  The caller frees out->path. */
resnet_status rn_file_target_find(rn_file_target *out, const char *path);

#endif
