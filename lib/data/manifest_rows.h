/** The rows of a manifest, whatever form it was written in. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_MANIFEST_ROWS_H
#define RN_DATA_MANIFEST_ROWS_H

#include "data/strings.h"

#include <stdint.h>

/** One row; strings are indices into the rows' lists. */
typedef struct rn_manifest_row {
    size_t line;
    int32_t part;   /* RESNET_PART_TRAIN, VAL or TEST; ALL if the manifest has no parts */
    bool has_label; /* or it was left empty */
} rn_manifest_row;

typedef struct rn_manifest {
    rn_strings paths;  /* as written */
    rn_strings labels; /* as written; "" if there is none */
    rn_manifest_row *rows;
    size_t n, capacity;
    bool has_parts;
} rn_manifest;

/** Adds a row. `part` NULL: the manifest has no parts. FORMAT for an empty path, a part of another
 *  name, a label that is not UTF-8, or none outside of test; messages start with the line. */
resnet_status rn_manifest_add(rn_manifest *manifest, size_t line, const char *path,
                              const char *label, const char *part);
void rn_manifest_clear(rn_manifest *manifest);

/** What columns and members may be called, up to NULL. */
extern const char *const RN_MANIFEST_PATH_NAMES[];
extern const char *const RN_MANIFEST_LABEL_NAMES[];
extern const char *const RN_MANIFEST_PART_NAMES[];

#endif
