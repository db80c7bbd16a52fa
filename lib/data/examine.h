/** What is wrong with one file that should be an image. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_EXAMINE_H
#define RN_DATA_EXAMINE_H

#include "core/error.h"
#include "data/fingerprint.h"

#include <resnet/dataset.h>
#include <stdbool.h>

typedef struct rn_examination {
    int32_t fault;     /* RESNET_FINDING_UNREADABLE to TOO_LARGE; -1: decoded without fault */
    char message[256]; /* of the fault, without the path */
    uint64_t n_bytes;
    /* Without fault: */
    size_t width, height; /* px, after orientation */
    int orientation;      /* EXIF, 1 to 8 */
    rn_fingerprint fingerprint;
} rn_examination;

/** Reads and decodes the file. NOMEM is the only failure: everything else is a fault. */
resnet_status rn_examine_file(rn_examination *out, const char *path,
                              const resnet_image_options *options);

#endif
