/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "arguments.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("resnet50: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_FAILED;
}

int say_last_error(void)
{
    return say_error("%s", resnet_last_error());
}

static void end_for_want_of_memory(void)
{
    exit(say_error("out of memory"));
}

void *allocate(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size);
    if (!block) end_for_want_of_memory();
    return block;
}

/* Bytes of the UTF-8 character at `text`, 0 if there is none: jansson itself is asked, since it is
 * the one that must accept it. */
static size_t character_length(const char *text)
{
    for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
        json_t *json = json_stringn(text, length);
        json_decref(json);
        if (json) return length;
    }
    return 0;
}

static json_t *repaired_text(const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    char *repaired = allocate(strlen(text) + 1, sizeof replacement);
    char *end = repaired;
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
    if (json_object_set_new(object, key, value)) end_for_want_of_memory();
}

void json_push(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value)) end_for_want_of_memory();
}

int print_json(json_t *document)
{
    const int failed = json_dumpf(document, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(document);
    putchar('\n');
    return failed || fflush(stdout) ? say_error("standard output: cannot be written") : 0;
}
