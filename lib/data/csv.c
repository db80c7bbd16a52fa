/* SPDX-License-Identifier: MIT */
#include "data/csv.h"

#include "core/mem.h"

#include <string.h>
#include <strings.h>

/* The separator that occurs most often in the first line, outside of quotes. */
static char find_delimiter(const char *text, const char *end)
{
    static const char CANDIDATES[] = {',', '\t', ';', '|'};
    size_t counts[sizeof CANDIDATES] = {0}, best = 0;
    bool quoted = false;
    for (; text < end && *text != '\n'; text++) {
        quoted ^= *text == '"';
        for (size_t i = 0; i < sizeof CANDIDATES && !quoted; i++)
            counts[i] += *text == CANDIDATES[i];
    }
    for (size_t i = 1; i < sizeof CANDIDATES; i++)
        if (counts[i] > counts[best]) best = i;
    return CANDIDATES[best];
}

void rn_csv_begin(rn_csv *csv, const char *text, size_t size)
{
    static const char MARK[] = "\xef\xbb\xbf";
    *csv = (rn_csv){.at = text, .end = text + size, .delimiter = ',', .next_line = 1};
    if (size >= 3 && memcmp(text, MARK, 3) == 0) csv->at += 3;
    csv->delimiter = find_delimiter(csv->at, csv->end);
}

void rn_csv_clear(rn_csv *csv)
{
    rn_strings_clear(&csv->fields);
}

static resnet_status fail(const rn_csv *csv, const char *fact)
{
    return rn_fail(RESNET_E_FORMAT, "line %zu: %s", csv->line, fact);
}

/* A field in quotes, csv->at after the opening one; doubled quotes become one. */
static resnet_status read_quoted(rn_csv *csv)
{
    size_t length = 0;
    const char *start = csv->at;
    while (csv->at < csv->end &&
           (*csv->at != '"' || (csv->at + 1 < csv->end && csv->at[1] == '"'))) {
        csv->next_line += *csv->at == '\n';
        csv->at += *csv->at == '"' ? 2 : 1;
        length++;
    }
    if (csv->at >= csv->end) return fail(csv, "a quote that is not closed");
    char *text = rn_alloc(length, 1);
    if (!text) return RESNET_E_NOMEM;
    for (size_t i = 0; i < length; i++) {
        text[i] = *start;
        start += *start == '"' ? 2 : 1;
    }
    const resnet_status status = rn_strings_add(&csv->fields, text, length);
    rn_free(text);
    csv->at++; /* the closing quote */
    return status;
}

static bool at_line_end(const rn_csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

static bool is_blank(const rn_csv *csv, char c)
{
    return (c == ' ' || c == '\t') && c != csv->delimiter;
}

static void skip_blanks(rn_csv *csv)
{
    while (csv->at < csv->end && is_blank(csv, *csv->at)) csv->at++;
}

/* Blanks around a field are for the eye, unless it is in quotes. */
static resnet_status read_field(rn_csv *csv)
{
    skip_blanks(csv);
    if (csv->at < csv->end && *csv->at == '"') {
        csv->at++;
        const resnet_status status = read_quoted(csv);
        if (status != RESNET_OK) return status;
        skip_blanks(csv);
        if (at_line_end(csv) || *csv->at == csv->delimiter) return RESNET_OK;
        return fail(csv, "text after a closing quote");
    }
    const char *start = csv->at;
    while (!at_line_end(csv) && *csv->at != csv->delimiter) csv->at++;
    const char *end = csv->at;
    while (end > start && is_blank(csv, end[-1])) end--;
    return rn_strings_add(&csv->fields, start, (size_t)(end - start));
}

static void skip_line_end(rn_csv *csv)
{
    if (csv->at < csv->end && *csv->at == '\r') csv->at++;
    if (csv->at < csv->end) csv->at++;
    csv->next_line++;
}

resnet_status rn_csv_next(rn_csv *csv, bool *more)
{
    rn_strings_empty(&csv->fields);
    while (csv->at < csv->end && at_line_end(csv)) skip_line_end(csv);
    *more = csv->at < csv->end;
    csv->line = csv->next_line;
    if (!*more) return RESNET_OK;
    const char *start = csv->at;
    for (;;) {
        const resnet_status status = read_field(csv);
        if (status != RESNET_OK) return status;
        if (at_line_end(csv)) break;
        csv->at++; /* the delimiter */
    }
    if (memchr(start, '\0', (size_t)(csv->at - start))) return fail(csv, "a NUL byte");
    skip_line_end(csv);
    return RESNET_OK;
}

size_t rn_csv_find(const rn_csv *csv, const char *const *names)
{
    for (; *names; names++)
        for (size_t f = 0; f < csv->fields.n; f++)
            if (strcasecmp(rn_strings_get(&csv->fields, f), *names) == 0) return f;
    return csv->fields.n;
}
