/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "printable.h"

#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- memory --- */

static atomic_int out_of_memory;

/* Says so without any, and once. */
static void note_want_of_memory(void)
{
    if (!atomic_exchange(&out_of_memory, 1)) fputs("resnet50: out of memory\n", stderr);
}

int ran_out_of_memory(void)
{
    return atomic_load(&out_of_memory);
}

void *allocate(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size);
    if (!block) note_want_of_memory();
    return block;
}

char *copy_text(const char *text)
{
    char *copy = allocate(strlen(text) + 1, 1);
    return copy ? strcpy(copy, text) : NULL;
}

/* --- text --- */

char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) >= 0) return text;
    note_want_of_memory();
    return NULL;
}

static void print_made(FILE *stream, const char *start, const char *end, const char *format,
                       va_list arguments)
{
    char *text = format_text(format, arguments);
    char *line = text ? printable(text) : NULL;
    if (line) fprintf(stream, "%s%s%s", start, line, end);
    free(line);
    free(text);
}

int say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_made(stderr, "resnet50: ", "\n", format, arguments);
    va_end(arguments);
    return EXIT_FAILED;
}

void say_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_made(stderr, "", "\n", format, arguments);
    va_end(arguments);
}

void tell_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_made(stdout, "", "\n", format, arguments);
    va_end(arguments);
}

void tell_part(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_made(stdout, "", "", format, arguments);
    va_end(arguments);
}

void tell_text(const char *text)
{
    char *copy = copy_text(text), *rest = copy;
    for (char *line; rest && (line = strsep(&rest, "\n")) && (rest || *line);)
        tell_line("%s", line);
    free(copy);
}

const char *count_of(uint64_t n, const char *thing)
{
    static _Thread_local char texts[16][64];
    static _Thread_local size_t next;
    char *text = texts[next++ % 16];
    const char *end = n == 1 ? "" : strcmp(thing, "class") == 0 ? "es" : "s";
    snprintf(text, sizeof *texts, "%llu %s%s", (unsigned long long)n, thing, end);
    return text;
}

/* --- what the library says --- */

int say_last_error(void)
{
    return say_error("%s", resnet_last_error());
}

static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/* Without the name of the function or struct that the message may start with. */
static const char *skip_caller(const char *message)
{
    const size_t length = word_length(message);
    if (strncmp(message, "resnet_", 7) || strncmp(message + length, ": ", 2)) return message;
    return message + length + 2;
}

int say_option_error(const command *self)
{
    const char *text = skip_caller(resnet_last_error());
    if (text == resnet_last_error()) return say_last_error();
    char *named = allocate(32 * strlen(text) + 1, 1);
    while (named && *text) {
        const size_t length = word_length(text);
        const char *option = length ? option_of_field(self, text, length) : NULL;
        if (option)
            strcat(named, option);
        else
            strncat(named, text, length ? length : 1);
        text += length ? length : 1;
    }
    if (named) say_error("%s", named);
    free(named);
    return EXIT_FAILED;
}

/* --- JSON --- */

static json_t *repaired_text(const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    char *repaired = allocate(strlen(text) + 1, sizeof replacement);
    char *end = repaired;
    if (!repaired) return NULL;
    while (*text) {
        const size_t length = character_length(text);
        memcpy(end, length ? text : replacement, length ? length : sizeof replacement - 1);
        end += length ? length : sizeof replacement - 1;
        text += length ? length : 1;
    }
    json_t *json = json_string(repaired);
    free(repaired);
    return json;
}

json_t *json_text(const char *text)
{
    json_t *json = json_string(text);
    return json ? json : repaired_text(text);
}

json_t *json_figure(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_float(float value)
{
    char text[32];
    double shortest = (double)value;
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        shortest = strtod(text, NULL);
        if ((float)shortest == value) break;
    }
    return json_figure(shortest);
}

void json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value)) note_want_of_memory();
}

void json_push(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value)) note_want_of_memory();
}

/* JSON escapes what is below U+0020 itself; terminals obey more than that. */
static void print_escaped(const char *text)
{
    while (*text) {
        const size_t length = character_length(text), n = length ? length : 1;
        if (*text != '\n' && is_control(text, n))
            printf("\\u%04x", (unsigned)character_code(text, n));
        else
            fwrite(text, n, 1, stdout);
        text += n;
    }
}

int print_json(json_t *document)
{
    char *text = json_dumps(document, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(document);
    if (!text) note_want_of_memory();
    if (ran_out_of_memory()) { /* parts may be missing */
        free(text);
        return EXIT_FAILED;
    }
    print_escaped(text);
    free(text);
    putchar('\n');
    return fflush(stdout) ? say_error("standard output: cannot be written") : 0;
}
