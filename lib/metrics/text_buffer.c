/* SPDX-License-Identifier: MIT */
#include "metrics/text_buffer.h"

#include "core/decimal.h"
#include "core/mem.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void rn_text_close(rn_text *text)
{
    rn_free(text->bytes);
    *text = (rn_text){0};
}

static bool has_room(rn_text *text, size_t size)
{
    if (text->status != RESNET_OK) return false;
    if (size <= text->capacity - text->size) return true;
    const size_t capacity = 2 * (text->size + size) + 256;
    char *grown = rn_realloc(text->bytes, capacity, 1);
    if (!grown) {
        text->status = RESNET_E_NOMEM;
        return false;
    }
    text->bytes = grown;
    text->capacity = capacity;
    return true;
}

void rn_text_add_bytes(rn_text *text, const void *bytes, size_t size)
{
    if (size == 0 || !has_room(text, size)) return;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void rn_text_add(rn_text *text, const char *words)
{
    rn_text_add_bytes(text, words, strlen(words));
}

void rn_text_format(rn_text *text, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    rn_text_add(text, line);
}

void rn_text_add_fixed(rn_text *text, double value, int width, int digits)
{
    char number[400];
    snprintf(number, sizeof number, "%*.*f", width, digits, value);
    rn_decimal_set_point(number);
    rn_text_add(text, number);
}

static void add_character(rn_text *text, const char *at, size_t length)
{
    if (length)
        rn_text_add_bytes(text, at, length);
    else
        rn_text_add(text, REPLACEMENT);
}

size_t rn_text_count_characters(const char *utf8)
{
    size_t count = 0;
    for (size_t length; *utf8; utf8 += length ? length : 1, count++) length = rn_utf8_measure(utf8);
    return count;
}

void rn_text_add_padded(rn_text *text, const char *utf8, size_t width)
{
    for (size_t count = rn_text_count_characters(utf8); count < width; count++)
        rn_text_add(text, " ");
    for (size_t length; *utf8; utf8 += length ? length : 1) {
        length = rn_utf8_measure(utf8);
        add_character(text, utf8, length);
    }
}

static const char *get_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void rn_text_add_html(rn_text *text, const char *utf8)
{
    for (size_t length; *utf8; utf8 += length ? length : 1) {
        const char *entity = get_entity(*utf8);
        length = rn_utf8_measure(utf8);
        if (entity)
            rn_text_add(text, entity);
        else
            add_character(text, utf8, length);
    }
}

/* RFC 4648. */
void rn_text_add_base64(rn_text *text, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned word = (unsigned)at[i] << 16 | (left > 1 ? (unsigned)at[i + 1] << 8 : 0) |
                              (left > 2 ? at[i + 2] : 0);
        const char four[4] = {digits[word >> 18], digits[word >> 12 & 63],
                              left > 1 ? digits[word >> 6 & 63] : '=',
                              left > 2 ? digits[word & 63] : '='};
        rn_text_add_bytes(text, four, 4);
    }
}
