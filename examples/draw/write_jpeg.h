/** Pixels to a JPEG file. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_WRITE_JPEG_H
#define EXAMPLES_WRITE_JPEG_H

#include "canvas.h"

/** 0, or -1 with errno set when the file cannot be written. quality: 1 to 100. */
int write_jpeg(const canvas *picture, const char *path, int quality);

#endif
