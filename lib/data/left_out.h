/** Which samples a loader goes on without, and when there are too many of them.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DATA_LEFT_OUT_H
#define RN_DATA_LEFT_OUT_H

#include "core/log.h"
#include "data/dataset.h"

#include <pthread.h>

typedef struct rn_left_out {
    const resnet_dataset *dataset;
    rn_log log; /* hears of each sample once, a line at a time */
    pthread_mutex_t log_mutex;
    size_t most; /* that may be left out */
    atomic_size_t n;
    atomic_uchar *marks; /* by sample */
} rn_left_out;

/** NOMEM; to be cleared either way. */
resnet_status rn_left_out_create(rn_left_out *out, const resnet_dataset *dataset, rn_log log);
void rn_left_out_clear(rn_left_out *self);

/** What is to be done about sample `index`, whose reading failed with `status` and this thread's
 *  message. OK: it is left out, as the dataset's options allow. Otherwise the work fails with what
 *  is returned: `status` for a failure that is none of the picture's own, FORMAT when there are too
 *  many bad ones. Any thread. */
resnet_status rn_left_out_add(rn_left_out *self, size_t index, resnet_status status);

/** The samples left out so far; the first `capacity` indices go to `indices`, ascending. */
size_t rn_left_out_copy(const rn_left_out *self, uint64_t *indices, size_t capacity);

#endif
