/** What a run leaves behind for people, a line an epoch: histories as CSV and JSON lines, and event
 *  files for TensorBoard. Once training has begun none of them can stop it: what cannot be written
 *  is warned of, kept, and written as soon as it can be. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_JOURNAL_H
#define RN_TRAIN_JOURNAL_H

#include "core/log.h"
#include "train/history.h"

#include <stdbool.h>

/** One file, and the records that it lacks. */
typedef struct rn_journal_file {
    const char *path; /* NULL: not asked for */
    int held;         /* a pipe's descriptor, above the standard streams'; 0: none */
    rn_history_record *pending;
    size_t n_pending, capacity;
} rn_journal_file;

#define RN_JOURNAL_N_FILES 3

typedef struct rn_journal {
    rn_journal_file files[RN_JOURNAL_N_FILES];
    char *tensorboard_path; /* owned */
    rn_log log;
    bool is_started;
} rn_journal;

/** Makes the files ready for epoch first_epoch (from 1), the first time it is called; pipes stay
 *  open until rn_journal_clear(). Paths (NULL:
 *  none) are borrowed as long as the journal. IO, NOMEM. */
resnet_status rn_journal_start(rn_journal *journal, const char *csv, const char *jsonl,
                               const char *tensorboard_folder, uint64_t first_epoch);
/** Adds the record to each file, after what it lacks. */
void rn_journal_add(rn_journal *journal, const rn_history_record *record);
void rn_journal_clear(rn_journal *journal);

#endif
