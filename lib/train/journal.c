/* SPDX-License-Identifier: MIT */
#include "train/journal.h"

#include "core/file.h"
#include "core/mem.h"
#include "train/tensorboard.h"

#include <string.h>
#include <unistd.h>

enum file_kind { FILE_CSV, FILE_JSONL, FILE_TENSORBOARD };

static resnet_status write_record(const rn_journal *journal, enum file_kind kind,
                                  const rn_history_record *record)
{
    const char *path = journal->files[kind].path;
    if (kind == FILE_TENSORBOARD) return rn_tensorboard_add(path, record);
    return rn_history_add(path, kind == FILE_CSV ? RN_HISTORY_CSV : RN_HISTORY_JSONL, record);
}

static resnet_status start_history(rn_journal_file *file, const char *path,
                                   enum rn_history_format format, uint64_t first_epoch)
{
    int held = -1;
    resnet_status status = RESNET_OK;
    if (!path) return status;
    if (!file->held) RN_TRY(rn_file_hold(&held, path));
    if (held > 0) file->held = held;
    RN_TRY(rn_history_start(path, format, first_epoch));
    file->path = path;
done:
    return status;
}

resnet_status rn_journal_start(rn_journal *journal, const char *csv, const char *jsonl,
                               const char *tensorboard_folder, uint64_t first_epoch)
{
    resnet_status status = RESNET_OK;
    if (journal->is_started) return status;
    RN_TRY(start_history(&journal->files[FILE_CSV], csv, RN_HISTORY_CSV, first_epoch));
    RN_TRY(start_history(&journal->files[FILE_JSONL], jsonl, RN_HISTORY_JSONL, first_epoch));
    if (tensorboard_folder && !journal->tensorboard_path)
        RN_TRY(rn_tensorboard_start(&journal->tensorboard_path, tensorboard_folder));
    journal->files[FILE_TENSORBOARD].path = journal->tensorboard_path;
    journal->is_started = true;
done:
    return status;
}

static resnet_status keep(rn_journal_file *file, const rn_history_record *record)
{
    if (file->n_pending == file->capacity) {
        const size_t capacity = file->capacity ? 2 * file->capacity : 4;
        rn_history_record *grown = rn_realloc(file->pending, capacity, sizeof *grown);
        if (!grown) return RESNET_E_NOMEM;
        file->pending = grown;
        file->capacity = capacity;
    }
    file->pending[file->n_pending++] = *record;
    return RESNET_OK;
}

/* Writes what is pending, oldest first, as far as it goes. */
static resnet_status flush(rn_journal *journal, enum file_kind kind)
{
    rn_journal_file *file = &journal->files[kind];
    resnet_status status = RESNET_OK;
    size_t n = 0;
    for (; n < file->n_pending; n++) {
        status = write_record(journal, kind, &file->pending[n]);
        if (status != RESNET_OK) break;
    }
    file->n_pending -= n;
    memmove(file->pending, file->pending + n, file->n_pending * sizeof *file->pending);
    return status;
}

static void add(rn_journal *journal, enum file_kind kind, const rn_history_record *record)
{
    rn_journal_file *file = &journal->files[kind];
    if (!file->path) return;
    resnet_status status = keep(file, record);
    if (status == RESNET_OK) status = flush(journal, kind);
    if (status == RESNET_OK) return;
    rn_log_line(&journal->log, RESNET_LOG_WARNING,
                "%s; training goes on, %zu epochs are to be added", resnet_last_error(),
                file->n_pending);
}

void rn_journal_add(rn_journal *journal, const rn_history_record *record)
{
    add(journal, FILE_CSV, record);
    add(journal, FILE_JSONL, record);
    add(journal, FILE_TENSORBOARD, record);
}

void rn_journal_clear(rn_journal *journal)
{
    for (size_t i = 0; i < RN_JOURNAL_N_FILES; i++) {
        rn_free(journal->files[i].pending);
        if (journal->files[i].held) close(journal->files[i].held);
    }
    rn_free(journal->tensorboard_path);
}
