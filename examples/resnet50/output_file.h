/** A file of the program's own making, which appears whole or not at all (resnet/file.h). What goes
 *  wrong is said once; writing on is then harmless. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OUTPUT_FILE_H
#define EXAMPLES_OUTPUT_FILE_H

#include <stddef.h>

typedef struct output_file output_file;

#define STANDARD_OUTPUT "/dev/stdout"

/** NULL if it cannot be, which has been said. */
output_file *output_open(const char *path);

void output_bytes(output_file *self, const void *bytes, size_t size);
void output_format(output_file *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** A field of CSV (RFC 4180): quoted, quotes doubled. */
void output_field(output_file *self, const char *text);
/** Hands on what has been collected, for readers that wait at the other end of a pipe. */
void output_flush(output_file *self);

/** Brings the file to its place if `keep`, or leaves what was there; frees it. Returns an exit
 *  status: EXIT_FAILED also when something went wrong before. NULL is fine. */
int output_close(output_file *self, int keep);

#endif
