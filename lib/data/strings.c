/* SPDX-License-Identifier: MIT */
#include "data/strings.h"

#include "core/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

resnet_status rn_grow(void *block, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity) return RESNET_OK;
    size_t larger = *capacity + *capacity / 2 + 16;
    if (larger < needed) larger = needed;
    void *old = NULL;
    memcpy(&old, block, sizeof old); /* block is a pointer to a pointer of any type */
    void *grown = rn_realloc(old, larger, size);
    if (!grown) return RESNET_E_NOMEM;
    memcpy(block, &grown, sizeof grown);
    *capacity = larger;
    return RESNET_OK;
}

resnet_status rn_strings_add(rn_strings *strings, const char *text, size_t length)
{
    resnet_status status;
    RN_TRY(rn_grow(&strings->starts, &strings->starts_capacity, strings->n + 1,
                   sizeof *strings->starts));
    RN_TRY(rn_grow(&strings->text, &strings->text_capacity, strings->text_size + length + 1, 1));
    memcpy(strings->text + strings->text_size, text, length);
    strings->text[strings->text_size + length] = '\0';
    strings->starts[strings->n++] = strings->text_size;
    strings->text_size += length + 1;
done:
    return status;
}

void rn_strings_empty(rn_strings *strings)
{
    strings->n = 0;
    strings->text_size = 0;
}

void rn_strings_clear(rn_strings *strings)
{
    rn_free(strings->text);
    rn_free(strings->starts);
    *strings = (rn_strings){0};
}

size_t rn_strings_find_sorted(const rn_strings *strings, const char *text)
{
    size_t low = 0, high = strings->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(rn_strings_get(strings, middle), text);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return strings->n;
}

static int compare_starts(const void *a, const void *b, void *text)
{
    const char *base = text;
    return strcmp(base + *(const size_t *)a, base + *(const size_t *)b);
}

void rn_strings_sort(rn_strings *strings)
{
    if (strings->n > 1)
        qsort_r(strings->starts, strings->n, sizeof *strings->starts, compare_starts,
                strings->text);
}

/* Bytes of the character that starts at `text`, 0 if none does. Overlong forms, surrogates and what
 * is beyond U+10FFFF are no characters (RFC 3629). */
static size_t utf8_length(const unsigned char *text)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } FORMS[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t extra = 0; extra < 4; extra++) {
        if ((text[0] & FORMS[extra].mask) != FORMS[extra].lead) continue;
        uint32_t code = (uint32_t)(text[0] & ~FORMS[extra].mask);
        for (size_t i = 1; i <= extra; i++) {
            if ((text[i] & 0xc0) != 0x80) return 0;
            code = code << 6 | (text[i] & 0x3fu);
        }
        const bool surrogate = code >= 0xd800 && code < 0xe000;
        return code >= FORMS[extra].least && code <= 0x10ffff && !surrogate ? extra + 1 : 0;
    }
    return 0;
}

bool rn_text_is_utf8(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    while (*byte) {
        const size_t length = utf8_length(byte);
        if (length == 0) return false;
        byte += length;
    }
    return true;
}

const char *rn_text_escape(char *out, size_t size, const char *text)
{
    size_t used = 0;
    out[0] = '\0';
    for (; *text && used + 5 <= size; text++) {
        const unsigned char byte = (unsigned char)*text;
        const char *form = byte < 0x20 || byte >= 0x7f ? "\\x%02x" : "%c";
        used += (size_t)snprintf(out + used, size - used, form, byte);
    }
    return out;
}
