/* SPDX-License-Identifier: MIT */
#include "printable.h"

#include "output.h"

#include <stdio.h>
#include <string.h>

uint32_t character_code(const char *text, size_t length)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)text[0] & masks[length];
    for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return code;
}

/* RFC 3629: neither overlong forms nor surrogates, and nothing beyond U+10FFFF. */
size_t character_length(const char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    const size_t length = bytes[0] < 0x80   ? 1
                          : bytes[0] < 0xC0 ? 0
                          : bytes[0] < 0xE0 ? 2
                          : bytes[0] < 0xF0 ? 3
                          : bytes[0] < 0xF8 ? 4
                                            : 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80) return 0;
    if (length == 0) return 0;
    const uint32_t code = character_code(text, length);
    return code < least[length] || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF ? 0
                                                                                        : length;
}

int is_control(const char *text, size_t length)
{
    const uint32_t code = character_code(text, length);
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200E && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x061C || code == 0xFEFF;
}

char *printable(const char *text)
{
    char *out = allocate(4 * strlen(text) + 1, 1), *end = out;
    while (out && *text) {
        const size_t length = character_length(text);
        const size_t n = length ? length : 1;
        if (length && !is_control(text, length))
            end = (char *)memcpy(end, text, n) + n;
        else
            for (size_t i = 0; i < n; i++) end += sprintf(end, "\\x%02X", (unsigned char)text[i]);
        text += n;
    }
    return out;
}
