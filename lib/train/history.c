/* SPDX-License-Identifier: MIT */
#include "train/history.h"

#include "core/decimal.h"
#include "core/file.h"
#include "core/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FILE_SIZE ((uint64_t)1 << 30)
#define MAX_LINE 512

static const char *const FIGURES[] = {"learning_rate",     "loss",         "accuracy",
                                      "val_loss",          "val_accuracy", "val_macro_f1",
                                      "images_per_second", "seconds"};
#define N_FIGURES (sizeof FIGURES / sizeof *FIGURES)

static const char CSV_HEADER[] = "epoch,step,learning_rate,loss,accuracy,val_loss,val_accuracy,"
                                 "val_macro_f1,images_per_second,seconds\n";

/* ---- what an earlier run left ---- */

/* The epoch of a line, or UINT64_MAX if it tells none, as a line cut short by a crash may. */
static uint64_t read_epoch(const char *line, enum rn_history_format format)
{
    static const char json_start[] = "{\"epoch\":";
    if (format == RN_HISTORY_JSONL) {
        if (strncmp(line, json_start, sizeof json_start - 1) != 0) return UINT64_MAX;
        line += sizeof json_start - 1;
    }
    char *end;
    const uint64_t epoch = strtoull(line, &end, 10);
    return end > line && *end == ',' ? epoch : UINT64_MAX;
}

/* Moves the lines to be kept to the front of text; returns their length. */
static size_t keep_lines(char *text, size_t size, enum rn_history_format format,
                         uint64_t first_epoch)
{
    size_t kept = 0;
    for (size_t start = 0; start < size;) {
        const char *end = memchr(text + start, '\n', size - start);
        if (!end) break;
        const size_t length = (size_t)(end + 1 - text) - start;
        if (read_epoch(text + start, format) < first_epoch) {
            memmove(text + kept, text + start, length);
            kept += length;
        }
        start += length;
    }
    return kept;
}

/* What is neither has no lines to keep. */
static bool is_regular(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

resnet_status rn_history_start(const char *path, enum rn_history_format format,
                               uint64_t first_epoch)
{
    void *bytes = NULL;
    char *text = NULL;
    size_t size = 0, n_kept = 0;
    resnet_status status = RESNET_OK;
    const size_t header = format == RN_HISTORY_CSV ? sizeof CSV_HEADER - 1 : 0;
    if (first_epoch > 1 && is_regular(path))
        RN_TRY(rn_file_read(&bytes, &size, path, MAX_FILE_SIZE));
    text = rn_alloc(header + size + 1, 1);
    if (!text) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    memcpy(text, CSV_HEADER, header);
    if (size > 0) memcpy(text + header, bytes, size);
    text[header + size] = '\0';
    n_kept = keep_lines(text + header, size, format, first_epoch);
    status = rn_file_write(path, text, header + n_kept);
done:
    rn_free(text);
    rn_free(bytes);
    return status;
}

/* ---- lines ---- */

static void copy_figures(double figures[N_FIGURES], const rn_history_record *record)
{
    const double values[N_FIGURES] = {
        record->learning_rate, record->loss,         record->accuracy,          record->val_loss,
        record->val_accuracy,  record->val_macro_f1, record->images_per_second, record->seconds};
    memcpy(figures, values, sizeof values);
}

static size_t format_line(char line[MAX_LINE], enum rn_history_format format,
                          const rn_history_record *record)
{
    const bool csv = format == RN_HISTORY_CSV;
    double figures[N_FIGURES];
    copy_figures(figures, record);
    size_t n = (size_t)snprintf(
        line, MAX_LINE, csv ? "%" PRIu64 ",%" PRIu64 : "{\"epoch\":%" PRIu64 ",\"step\":%" PRIu64,
        record->epoch, record->step);
    for (size_t i = 0; i < N_FIGURES; i++) {
        char number[32];
        snprintf(number, sizeof number, "%.9g", figures[i]);
        rn_decimal_set_point(number);
        const char *text = isfinite(figures[i]) ? number : csv ? "" : "null";
        if (csv)
            n += (size_t)snprintf(line + n, MAX_LINE - n, ",%s", text);
        else
            n += (size_t)snprintf(line + n, MAX_LINE - n, ",\"%s\":%s", FIGURES[i], text);
    }
    return n + (size_t)snprintf(line + n, MAX_LINE - n, csv ? "\n" : "}\n");
}

resnet_status rn_history_add(const char *path, enum rn_history_format format,
                             const rn_history_record *record)
{
    char line[MAX_LINE];
    return rn_file_append(path, line, format_line(line, format, record));
}
