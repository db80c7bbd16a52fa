/** Values separated by commas, tabs, semicolons or |, record by record: RFC 4180, with "\n" alone
 * as well as "\r\n" at the end of lines, a byte order mark before all, and blanks around values
 * that are not in quotes left out. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_CSV_H
#define RN_DATA_CSV_H

#include "data/strings.h"

typedef struct rn_csv {
    const char *at, *end;
    char delimiter;
    rn_strings fields; /* of the record last read */
    size_t line;       /* on which it begins, from 1 */
    size_t next_line;
} rn_csv;

/** Borrows the text. The delimiter is what the first line has most of, a comma if it has none. */
void rn_csv_begin(rn_csv *csv, const char *text, size_t size);
/** Reads the next record that is not an empty line; *more tells whether there was one. FORMAT, with
 *  the line: a quote that never closes, text after a closing one, a NUL. */
resnet_status rn_csv_next(rn_csv *csv, bool *more);
void rn_csv_clear(rn_csv *csv);

/** The field called by any of `names` (up to NULL) in a header record, in any case; n if none. */
size_t rn_csv_find(const rn_csv *csv, const char *const *names);

#endif
