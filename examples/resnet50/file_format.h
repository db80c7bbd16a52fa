/** What kind of file a model is saved as. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_FILE_FORMAT_H
#define EXAMPLES_FILE_FORMAT_H

#include "arguments.h"

#include <resnet/model.h>

/** Go by the end of the file's name. */
#define FORMAT_BY_NAME (-1)

/** The words of --format. */
extern const choice file_formats[];

/** `chosen`, or what the end of the name tells; FORMAT_BY_NAME if that tells nothing. */
int32_t file_format(int32_t chosen, const char *path);

#endif
