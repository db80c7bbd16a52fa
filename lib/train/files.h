/** Folders for what training writes. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_FILES_H
#define RN_TRAIN_FILES_H

#include "core/error.h"

/** Makes a folder and those above it, as mkdir -p. IO. */
resnet_status rn_files_make_folder(const char *path);

#endif
