/** A growing list of strings in one block. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_STRINGS_H
#define RN_DATA_STRINGS_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

/** All zero is an empty list. */
typedef struct rn_strings {
    char *text;     /* the strings, each with its terminator */
    size_t *starts; /* where each begins in text */
    size_t n;
    size_t starts_capacity, text_size, text_capacity;
} rn_strings;

/** Appends a copy of the `length` bytes at `text`. NOMEM leaves the list as it was. */
resnet_status rn_strings_add(rn_strings *strings, const char *text, size_t length);
/** Forgets the strings and keeps the room. */
void rn_strings_empty(rn_strings *strings);
void rn_strings_clear(rn_strings *strings);

/** Valid until the next add. */
static inline const char *rn_strings_get(const rn_strings *strings, size_t index)
{
    return strings->text + strings->starts[index];
}

/** The index of `text` in a list sorted bytewise, or n. */
size_t rn_strings_find_sorted(const rn_strings *strings, const char *text);
/** Sorts bytewise. */
void rn_strings_sort(rn_strings *strings);

/** Makes room for `needed` items of `size` bytes in *block, which is NULL or from rn_alloc(). */
resnet_status rn_grow(void *block, size_t *capacity, size_t needed, size_t size);

#endif
