/* SPDX-License-Identifier: MIT */
#include "core/json_text.h"

#include "core/mem.h"

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What jansson 2.14 takes at most, with the allocator's own share: an empty object 240 bytes, a
 * pair 200 and its key, an array 130, a number or a string's head 60; a token is kept three times
 * while it is read, and buffers double. */
#define BYTES_PER_MARK 256
#define BYTES_PER_BYTE 8
#define BYTES_AT_ALL 4096

static bool is_mark(char c)
{
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',';
}

typedef struct measures {
    uint64_t n_marks; /* braces, brackets, colons and commas outside strings: no value without one,
                         but for the first */
    size_t longest;   /* bytes from one of them to the next, so that no token is longer */
} measures;

static measures measure(const char *text, size_t length)
{
    measures m = {0, length};
    size_t start = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        if (quoted || !is_mark(text[i])) continue;
        m.longest = rn_larger(m.n_marks ? m.longest : 0, i - start);
        m.n_marks++;
        start = i;
    }
    if (m.n_marks) m.longest = rn_larger(m.longest, length - start);
    return m;
}

static resnet_status spend(size_t length, uint64_t n_marks, rn_budget *budget, const char *what)
{
    if (!budget) return RESNET_OK;
    const resnet_status status = rn_budget_spend_array(budget, length, BYTES_PER_BYTE, what);
    if (status != RESNET_OK) return status;
    return rn_budget_spend(budget, BYTES_AT_ALL + BYTES_PER_MARK * n_marks, what);
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

/* jansson copies every token into one buffer, byte after byte, and goes on without those for which
 * the buffer could not grow: a name that has lost a letter, or a closing quote behind which it
 * reads on. So the text is given to it as the second element of an array whose first is a zero with
 * more decimals than any token has bytes. When it asks for what follows those, the buffer either
 * has its full size or an allocation has failed. */
enum feeding { FEED_START, FEED_ZEROS, FEED_COMMA, FEED_TEXT, FEED_END, FEED_NOTHING };

static const char START[] = "[0.", COMMA[] = ",\n", END[] = "]";

typedef struct feed {
    enum feeding state;
    const char *text;
    size_t length, n_zeros;
    bool out_of_memory;
} feed;

static size_t copy_some(void *out, size_t room, const char *from, size_t size)
{
    memcpy(out, from, size < room ? size : room);
    return size < room ? size : room;
}

static size_t feed_text(feed *from, void *out, size_t room)
{
    const size_t n = copy_some(out, room, from->text, from->length);
    from->text += n;
    from->length -= n;
    if (from->length == 0) from->state = FEED_END;
    return n;
}

/* jansson's callback, which has room for far more than our own few bytes. */
static size_t feed_next(void *out, size_t room, void *user_data)
{
    feed *from = user_data;
    size_t n = 0;
    switch (from->state) {
    case FEED_START:
        from->state = FEED_ZEROS;
        return copy_some(out, room, START, sizeof START - 1);
    case FEED_ZEROS:
        n = from->n_zeros < room ? from->n_zeros : room;
        memset(out, '0', n);
        from->n_zeros -= n;
        if (from->n_zeros == 0) from->state = FEED_COMMA;
        return n;
    case FEED_COMMA:
        from->out_of_memory = errno == ENOMEM;
        if (from->out_of_memory) return (size_t)-1;
        from->state = from->length ? FEED_TEXT : FEED_END;
        return copy_some(out, room, COMMA, sizeof COMMA - 1);
    case FEED_TEXT:
        return feed_text(from, out, room);
    case FEED_END:
        from->state = FEED_NOTHING;
        return copy_some(out, room, END, sizeof END - 1);
    default:
        return 0;
    }
}

/* What jansson says of our brackets means the text's end. */
static void explain(json_error_t *error, size_t text_end)
{
    const bool goes_on = json_error_code(error) == json_error_end_of_input_expected;
    error->line--; /* ours comes first */
    if ((size_t)error->position <= text_end) return;
    error->column--;
    snprintf(error->text, sizeof error->text, "%s",
             goes_on ? "a bracket too many" : "ends too early");
}

/* NULL with an error, or the value. */
static json_t *parse(const char *text, size_t length, size_t longest, json_error_t *error)
{
    const size_t n_zeros = longest + 1;
    const size_t text_end = sizeof START - 1 + n_zeros + sizeof COMMA - 1 + length;
    feed from = {FEED_START, text, length, n_zeros, false};
    json_t *pair = json_load_callback(feed_next, &from, JSON_REJECT_DUPLICATES, error);
    json_t *value = json_array_size(pair) == 2 ? json_incref(json_array_get(pair, 1)) : NULL;
    if (!pair)
        explain(error, text_end);
    else if (!value)
        *error = (json_error_t){.line = 1, .text = "more than one value"};
    json_decref(pair);
    if (from.out_of_memory) errno = ENOMEM; /* reading numbers clears it */
    return value;
}

resnet_status rn_json_load(json_t **out, const char *text, size_t length, rn_budget *budget,
                           const char *what)
{
    c_locale locale = {0};
    json_error_t error = {0};
    const measures m = measure(text, length);
    resnet_status status = spend(length, m.n_marks, budget, what);
    if (status != RESNET_OK) return status;
    status = enter(&locale);
    if (status != RESNET_OK) return status;
    json_t *json = parse(text, length, m.longest, &error);
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
