/** How a folder of pictures is laid out: in class folders, or in folders of parts with class
 * folders in them. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_FOLDER_LAYOUT_H
#define RN_DATA_FOLDER_LAYOUT_H

#include "core/error.h"

/** Paths, each in a block of rn_alloc(); all zero is none. */
typedef struct rn_folder_layout {
    char *root;  /* the folder given, or the one in it that holds everything */
    char *train; /* class folders; NULL: those are in the root itself */
    char *val;   /* NULL: there is none */
    char *test;  /* likewise */
} rn_folder_layout;

/** Looks at the folders below `path`. Parts are called train or training; val, valid or validation;
 *  test or testing, in any case; where there is no other, VAL is TEST's. A lone folder that holds
 *  parts, or is called as the folder it lies in, is looked into instead.
 *  IO, NOMEM, FORMAT for what may be meant in two ways: a part by two names, folders that look like
 *  parts but are not called so, parts in one of several folders. */
resnet_status rn_folder_layout_find(rn_folder_layout *out, const char *path);
void rn_folder_layout_clear(rn_folder_layout *layout);

#endif
