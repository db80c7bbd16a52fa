/** What the program says: messages to standard error, one JSON document to standard output.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OUTPUT_H
#define EXAMPLES_OUTPUT_H

#include <jansson.h>
#include <resnet/error.h>
#include <stddef.h>
#include <stdint.h>

/** "resnet50: message" and a line end to standard error. Returns EXIT_FAILED. */
int say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The library's last message, likewise. Returns EXIT_FAILED. */
int say_last_error(void);

/** Memory for n things of `size` bytes, zeroed; the program ends if there is none. */
void *allocate(size_t n, size_t size);

/** A JSON text; bytes that are not UTF-8 become U+FFFD, since file names need not be. */
json_t *json_text(const char *text);
/** A JSON number; null for NaN and infinities, which JSON has not. */
json_t *json_figure(double value);
/** The same of a float, in no more digits than tell it from its neighbours. */
json_t *json_float(float value);
/** Puts `value` (taken over) under `key` and at the end; the program ends if there is no memory. */
void json_put(json_t *object, const char *key, json_t *value);
void json_push(json_t *array, json_t *value);

/** Prints the document, frees it, and returns 0 or EXIT_FAILED. */
int print_json(json_t *document);

#endif
