/* SPDX-License-Identifier: MIT */
#include "core/json_text.h"

#include "core/mem.h"

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

/* What jansson 2.14 takes at most, with the allocator's own share: an empty object 240 bytes, a
 * pair 200 and its key, an array 130, a number or a string's head 60; a token is kept three times
 * while it is read, and buffers double. */
#define BYTES_PER_MARK 256
#define BYTES_PER_BYTE 8
#define BYTES_AT_ALL 4096

/* Braces, brackets, colons and commas outside strings: no value without one, but for the first. */
static uint64_t count_marks(const char *text, size_t length)
{
    uint64_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            count += text[i] == '{' || text[i] == '[' || text[i] == ':' || text[i] == ',';
    }
    return count;
}

static resnet_status spend(const char *text, size_t length, rn_budget *budget, const char *what)
{
    if (!budget) return RESNET_OK;
    const resnet_status status = rn_budget_spend_array(budget, length, BYTES_PER_BYTE, what);
    if (status != RESNET_OK) return status;
    return rn_budget_spend(budget, BYTES_AT_ALL + BYTES_PER_MARK * count_marks(text, length), what);
}

/* jansson asks the locale for the decimal point, and asserts that it is one byte. */
typedef struct c_locale {
    locale_t own, before;
    int error_before;
} c_locale;

static resnet_status enter(c_locale *out)
{
    out->error_before = errno;
    out->own = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (out->own == (locale_t)0) return rn_fail(RESNET_E_NOMEM, "out of memory: a locale");
    out->before = uselocale(out->own);
    errno = 0; /* so that a failed malloc() inside jansson shows */
    return RESNET_OK;
}

/* Whether an allocation failed since enter(). jansson reports some as bad syntax. */
static bool leave(c_locale *at)
{
    const bool out_of_memory = errno == ENOMEM;
    uselocale(at->before);
    freelocale(at->own);
    errno = at->error_before;
    return out_of_memory;
}

static resnet_status fail_memory(const char *what)
{
    return rn_fail(RESNET_E_NOMEM, "%s: out of memory for its JSON", what);
}

resnet_status rn_json_load(json_t **out, const char *text, size_t length, rn_budget *budget,
                           const char *what)
{
    c_locale locale = {0};
    json_error_t error = {0};
    resnet_status status = spend(text, length, budget, what);
    if (status != RESNET_OK) return status;
    status = enter(&locale);
    if (status != RESNET_OK) return status;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (leave(&locale) && !json) return fail_memory(what);
    if (!json)
        return rn_fail(RESNET_E_FORMAT, "%s: line %d, column %d: %s", what, error.line,
                       error.column, error.text);
    *out = json;
    return RESNET_OK;
}

static char *dump(const json_t *json, size_t flags)
{
    const size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = size ? rn_alloc(size + 1, 1) : NULL;
    if (!text) return NULL;
    if (json_dumpb(json, text, size, flags) == size) {
        text[size] = '\0';
        return text;
    }
    rn_free(text);
    return NULL;
}

resnet_status rn_json_dump(char **out, const json_t *json, int digits, const char *what)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits);
    c_locale locale = {0};
    if (!json) return fail_memory(what);
    const resnet_status status = enter(&locale);
    if (status != RESNET_OK) return status;
    char *text = dump(json, flags);
    leave(&locale);
    if (!text) return fail_memory(what);
    *out = text;
    return RESNET_OK;
}
