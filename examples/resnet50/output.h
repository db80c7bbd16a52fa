/** What the program says: messages to standard error, lines or one JSON document to standard
 *  output. All text goes through here, since it may hold names and paths from elsewhere: it is made
 *  printable. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OUTPUT_H
#define EXAMPLES_OUTPUT_H

#include "arguments.h"

#include <jansson.h>
#include <resnet/error.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/** "resnet50: message" and a line end to standard error. Returns EXIT_FAILED. */
int say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The library's last message, likewise. Returns EXIT_FAILED. */
int say_last_error(void);

/** The same where the library was given what the command's options say: it speaks of the options
 *  by their names here. Returns EXIT_FAILED. */
int say_option_error(const command *self);

/** A line to standard error that is no failure. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A line to standard output. */
void tell_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A part of one, which tell_line() ends. */
void tell_part(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Lines to standard output, parted by '\n' already. */
void tell_text(const char *text);

/** "1 picture", "2 pictures"; the text is good until the sixteenth call from now. */
const char *count_of(uint64_t n, const char *thing);

/** vprintf into memory to be freed; NULL as allocate(). */
char *format_text(const char *format, va_list arguments);

/** Memory for n things of `size` bytes, zeroed, or a copy; NULL if there is none. That has been said
 *  then, and whatever the command makes of it main() returns EXIT_FAILED, and no output file is kept
 *  that was not finished before. */
void *allocate(size_t n, size_t size);
char *copy_text(const char *text);
/** Whether there was none at some time. */
int ran_out_of_memory(void);

/** A JSON text; bytes that are not UTF-8 become U+FFFD, since file names need not be. */
json_t *json_text(const char *text);
/** A JSON number; null for NaN and infinities, which JSON has not. */
json_t *json_figure(double value);
/** The same of a float, in no more digits than tell it from its neighbours. */
json_t *json_float(float value);
/** Puts `value` (taken over) under `key` and at the end. A document that misses something for want of
 *  memory is not printed. */
void json_put(json_t *object, const char *key, json_t *value);
void json_push(json_t *array, json_t *value);

/** Prints the document, frees it, and returns 0 or EXIT_FAILED. */
int print_json(json_t *document);

#endif
