/** Which classes and samples a dataset has, in numbers that a checkpoint can keep.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_IDENTITY_H
#define RN_TRAIN_IDENTITY_H

#include "core/log.h"
#include "store/checkpoint.h"

#include <resnet/dataset.h>

typedef struct rn_identity {
    const char *role;              /* "training" */
    const resnet_dataset *dataset; /* NULL: none, and nothing else is set */
    char *classes;                 /* a line each, backslashes and newlines escaped */
    uint64_t *samples; /* [n]: of label, name below the class's folder, size; of pictures in memory
                        * and of a few others their pixels */
    uint64_t *times;   /* [n]: when files were last changed, ns; 0 for others */
} rn_identity;

/** `role` is a literal. */
resnet_status rn_identity_open(rn_identity *out, const resnet_dataset *dataset, const char *role);
void rn_identity_close(rn_identity *identity);

/** Borrowed by the checkpoint until it is written. */
resnet_status rn_identity_add(rn_checkpoint *checkpoint, const rn_identity *identity);
/** INVALID naming the first class or sample that differs. Files of the same name and size that were
 *  written since are warned of. */
resnet_status rn_identity_check(const rn_checkpoint *checkpoint, const rn_identity *identity,
                                const rn_log *log);

#endif
