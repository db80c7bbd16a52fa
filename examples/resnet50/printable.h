/** Text from elsewhere (names, paths, licences) as a terminal may be shown it.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PRINTABLE_H
#define EXAMPLES_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>

/** Bytes of the UTF-8 character that starts at `text`, which ends in a zero: 1 to 4; 0 if none
 *  does. */
size_t character_length(const char *text);

/** The code point of a character of `length` bytes. */
uint32_t character_code(const char *text, size_t length);

/** Whether the character of `length` bytes is a control character, or one that turns the direction
 *  of writing or breaks the line. */
int is_control(const char *text, size_t length);

/** The text with control characters and bytes that are not UTF-8 as \xNN, to be freed; NULL for want of memory, which
 *  has been said. */
char *printable(const char *text);

#endif
