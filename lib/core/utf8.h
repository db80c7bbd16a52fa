/** Text from elsewhere: is it UTF-8, and how to show it on one line. SPDX-License-Identifier: MIT
 */
#ifndef RN_CORE_UTF8_H
#define RN_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes of the character that starts at `text`, which ends in a zero: 1 to 4, or 0 if none does.
 *  Overlong forms, surrogates and what is beyond U+10FFFF are no characters (RFC 3629). */
size_t rn_utf8_measure(const char *text);

bool rn_utf8_is_valid(const char *text);

/** Copies text so that it is one line that no terminal takes for commands: control characters, what
 *  turns the direction of writing or cannot be seen, and bytes that are not UTF-8 become \xNN. Cut
 *  to fit `size` > 0, never within a character. Returns `out`. */
char *rn_utf8_print(char *out, size_t size, const char *text);

#endif
