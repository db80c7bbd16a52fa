/** Whether what a command shall write can be written, asked before its work and not after it.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OUTPUT_CHECK_H
#define EXAMPLES_OUTPUT_CHECK_H

#include "arguments.h"

/** What is written. A name that ends as that of another kind is refused: --out *.png is a slip, and
 *  would replace a picture. */
typedef enum output_kind {
    OUTPUT_MODEL,
    OUTPUT_PICTURE,
    OUTPUT_LINES, /* CSV, JSON lines */
    OUTPUT_OTHER, /* whatever has no kind of its own */
    OUTPUT_FOLDER
} output_kind;

typedef struct output {
    const char *option; /* "--out" */
    const char *path;   /* NULL: not asked for */
    output_kind kind;
} output;

/** Looks at each: can it be written, is it called as something else, do two go to one place?
 *  Returns an exit status and has said what is wrong. */
int check_outputs(const command *self, const output *outputs, size_t n);

/** Whether a regular file is there. */
int is_regular_file(const char *path);

/** Whether both lead to the same file, be it by other names. */
int is_same_file(const char *a, const char *b);

#endif
