/* The packet is searched as text, as Pillow does: it is RDF, in which a property may be written as
 * an attribute or as an element, and UTF-8 in every file format read here.
 * SPDX-License-Identifier: MIT */
#include "image/xmp.h"

#include <string.h>

static const char NAME[] = "tiff:Orientation";

static size_t skip_blanks(const uint8_t *text, size_t at, size_t size)
{
    while (at < size && strchr(" \t\r\n", text[at]) && text[at]) at++;
    return at;
}

/* What follows the name: ="6" or >6< ; 0 if it is something else, such as a closing tag. */
static int read_value(const uint8_t *text, size_t size)
{
    size_t at = skip_blanks(text, 0, size);
    if (at == size || (text[at] != '=' && text[at] != '>')) return 0;
    const int is_attribute = text[at] == '=';
    at = skip_blanks(text, at + 1, size);
    if (is_attribute && at < size && (text[at] == '"' || text[at] == '\'')) at++;
    at = skip_blanks(text, at, size);
    if (at == size || text[at] < '0' || text[at] > '9') return 0;
    const int is_alone = at + 1 == size || text[at + 1] < '0' || text[at + 1] > '9';
    return is_alone && text[at] >= '1' && text[at] <= '8' ? text[at] - '0' : 1;
}

int rn_xmp_orientation(const uint8_t *packet, size_t size)
{
    const uint8_t *at = packet, *end = packet + size;
    while ((at = memmem(at, (size_t)(end - at), NAME, sizeof NAME - 1))) {
        at += sizeof NAME - 1;
        const int value = read_value(at, (size_t)(end - at));
        if (value) return value;
    }
    return 0;
}
