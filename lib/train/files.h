/** Files that grow as training goes on. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_FILES_H
#define RN_TRAIN_FILES_H

#include "core/error.h"

#include <stddef.h>

/** Makes a folder and those above it, as mkdir -p. IO. */
resnet_status rn_files_make_folder(const char *path);

/** Adds bytes to the end of a file in one write, making it if it is not there. IO. */
resnet_status rn_files_append(const char *path, const void *bytes, size_t size);

#endif
