/** A growing text. Once memory runs out it stops growing and says so at the end, so that writers
 *  need not look after each word. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_TEXT_BUFFER_H
#define RN_METRICS_TEXT_BUFFER_H

#include "core/error.h"

/** Starts as {0}. */
typedef struct rn_text {
    char *bytes; /* [size], not terminated */
    size_t size;
    size_t capacity;
    resnet_status status; /* NOMEM once a word was lost */
} rn_text;

void rn_text_close(rn_text *text);

void rn_text_add_bytes(rn_text *text, const void *bytes, size_t size);
void rn_text_add(rn_text *text, const char *words);
/** printf; no %f and the like, whose decimal point depends on the host's locale. At most 511 bytes.
 */
void rn_text_format(rn_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** "%*.*f" with a point in every locale. */
void rn_text_add_fixed(rn_text *text, double value, int width, int digits);

/** Text of a host: what is not UTF-8 becomes U+FFFD. Right-aligned in `width` characters. */
void rn_text_add_padded(rn_text *text, const char *utf8, size_t width);
/** The same, unpadded, with HTML's special characters escaped. */
void rn_text_add_html(rn_text *text, const char *utf8);
/** How many characters rn_text_add_padded() writes at width 0. */
size_t rn_text_count_characters(const char *utf8);

void rn_text_add_base64(rn_text *text, const void *bytes, size_t size);

#endif
