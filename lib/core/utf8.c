/* SPDX-License-Identifier: MIT */
#include "core/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The character at `text` and its bytes, or 0 bytes. */
static size_t decode(const char *text, uint32_t *out_code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } FORMS[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    const unsigned char *byte = (const unsigned char *)text;
    for (size_t extra = 0; extra < 4; extra++) {
        if ((byte[0] & FORMS[extra].mask) != FORMS[extra].lead) continue;
        uint32_t code = (uint32_t)(byte[0] & ~FORMS[extra].mask);
        for (size_t i = 1; i <= extra; i++) {
            if ((byte[i] & 0xc0) != 0x80) return 0;
            code = code << 6 | (byte[i] & 0x3fu);
        }
        const bool surrogate = code >= 0xd800 && code < 0xe000;
        *out_code = code;
        return code >= FORMS[extra].least && code <= 0x10ffff && !surrogate ? extra + 1 : 0;
    }
    return 0;
}

size_t rn_utf8_measure(const char *text)
{
    uint32_t code;
    return decode(text, &code);
}

bool rn_utf8_is_valid(const char *text)
{
    while (*text) {
        const size_t length = rn_utf8_measure(text);
        if (length == 0) return false;
        text += length;
    }
    return true;
}

/* Controls (C0, DEL, C1); marks without width and of direction; separators of lines; the byte order
 * mark. */
static bool is_hidden(uint32_t code)
{
    static const uint32_t RANGES[][2] = {{0, 0x1f},        {0x7f, 0x9f},     {0x200b, 0x200f},
                                         {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}};
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++)
        if (code >= RANGES[i][0] && code <= RANGES[i][1]) return true;
    return false;
}

/* What stands for the character at `text`; *out_used is how much of the text that was. */
static size_t show(char shown[17], const char *text, size_t *out_used)
{
    uint32_t code = 0;
    const size_t length = decode(text, &code);
    *out_used = length ? length : 1;
    if (length && !is_hidden(code)) {
        memcpy(shown, text, length);
        return length;
    }
    size_t n = 0;
    for (size_t i = 0; i < *out_used; i++)
        n += (size_t)snprintf(shown + n, 17 - n, "\\x%02x", (unsigned char)text[i]);
    return n;
}

char *rn_utf8_print(char *out, size_t size, const char *text)
{
    char shown[17];
    size_t n = 0, used = 0;
    for (; *text; text += used) {
        const size_t length = show(shown, text, &used);
        if (n + length >= size) break;
        memcpy(out + n, shown, length);
        n += length;
    }
    out[n] = '\0';
    return out;
}
