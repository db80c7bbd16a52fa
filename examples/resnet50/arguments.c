/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include "help.h"
#include "man_page.h"
#include "option_tables.h"
#include "output.h"
#include "suggestion.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int usage_error(const command *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    if (text) say_error("%s: %s (see resnet50 %s --help)", self->name, text, self->name);
    free(text);
    return EXIT_USAGE;
}

static int is_whole(option_kind kind)
{
    return kind == KIND_U32 || kind == KIND_U64 || kind == KIND_U32S;
}

/* --- parsing --- */

const char *option_of_field(const command *self, const char *word, size_t length)
{
    const option_row *row = NULL;
    for (option_walk walk = walk_options(self); (row = next_option(&walk));) {
        const char *dot = strrchr(row->field, '.');
        const char *field = dot ? dot + 1 : row->field;
        if (strlen(field) == length && strncmp(field, word, length) == 0) return row->name;
    }
    return NULL;
}

static int refuse_option(const command *self, const char *name, size_t length)
{
    const option_row *row = NULL;
    char *word = strndup(name, length);
    suggestion near = suggestion_begin(word ? word : "");
    for (option_walk walk = walk_options(self); (row = next_option(&walk));)
        suggestion_offer(&near, row->name);
    const int status =
        usage_error(self, "there is no option %s%s", near.word, suggestion_ask(&near));
    free(word);
    return status;
}

static const option_row *find_option(const command *self, const char *name, size_t length)
{
    const option_row *row = NULL;
    for (option_walk walk = walk_options(self); (row = next_option(&walk));)
        if (strlen(row->name) == length && strncmp(row->name, name, length) == 0) return row;
    return NULL;
}

/* Reads a number up to one of the characters in `ends` or the text's end; NULL if there is none. */
static const char *parse_number(double *out, const option_row *row, const char *text,
                                const char *ends)
{
    char *end = NULL;
    errno = 0;
    *out = strtod(text, &end);
    if (end == text || (*end && !strchr(ends, *end)) || errno || isnan(*out)) return NULL;
    if (is_whole(row->kind) && floor(*out) != *out) return NULL;
    return *out < row->low || *out > row->high ? NULL : end;
}

static int refuse_number(const command *self, const option_row *row, const char *text)
{
    return usage_error(self, "%s %s: %snumber from %g to %.15g is wanted", row->name, text,
                       is_whole(row->kind) ? "a whole " : "a ", row->low, row->high);
}

static int store_number(const command *self, const option_row *row, void *field, const char *text)
{
    double value = 0;
    if (!parse_number(&value, row, text, "")) return refuse_number(self, row, text);
    switch (row->kind) {
    case KIND_U32:
        *(uint32_t *)field = (uint32_t)value;
        break;
    case KIND_U64:
        *(uint64_t *)field = (uint64_t)value;
        break;
    case KIND_F32:
        *(float *)field = (float)value;
        break;
    default:
        *(double *)field = value;
        break;
    }
    return 0;
}

static int store_numbers(const command *self, const option_row *row, void *field, const char *text)
{
    const char *rest = text;
    for (size_t i = 0; i < row->n; i++) {
        double value = 0;
        rest = parse_number(&value, row, rest, ",");
        if (!rest) return refuse_number(self, row, text);
        if (row->kind == KIND_U32S)
            ((uint32_t *)field)[i] = (uint32_t)value;
        else
            ((float *)field)[i] = (float)value;
        if (!*rest++) return 0;
    }
    return usage_error(self, "%s %s: more than %zu numbers", row->name, text, row->n);
}

static int store_choice(const command *self, const option_row *row, void *field, const char *text)
{
    for (const choice *each = row->choices; each->name; each++) {
        if (strcmp(each->name, text)) continue;
        *(int32_t *)field = each->value;
        return 0;
    }
    suggestion near = suggestion_begin(text);
    for (const choice *each = row->choices; each->name; each++) suggestion_offer(&near, each->name);
    return usage_error(self, "%s: there is no \"%s\"%s", row->name, text, suggestion_ask(&near));
}

static int store_text_in_list(const command *self, const option_row *row, text_list *list,
                              const char *text)
{
    if (list->n == MAX_TEXTS)
        return usage_error(self, "%s is given more than %d times", row->name, MAX_TEXTS);
    list->texts[list->n++] = text;
    return 0;
}

static int store(const command *self, const option_row *row, void *settings, const char *text)
{
    void *field = (char *)settings + row->offset;
    switch (row->kind) {
    case KIND_FLAG:
        *(uint32_t *)field = 1;
        return 0;
    case KIND_TEXT:
        *(const char **)field = text;
        return 0;
    case KIND_TEXTS:
        return store_text_in_list(self, row, field, text);
    case KIND_CHOICE:
        return store_choice(self, row, field, text);
    case KIND_F32S:
    case KIND_U32S:
        return store_numbers(self, row, field, text);
    default:
        return store_number(self, row, field, text);
    }
}

/* Reads the option at argv[*at] and its argument, and leaves *at on the last one read. */
static int read_option(const command *self, void *settings, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const char *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const option_row *row = find_option(self, word, length);
    if (!row) return refuse_option(self, word, length);
    if (!row->argument && equals) return usage_error(self, "%s takes no value", row->name);
    if (!row->argument) return store(self, row, settings, NULL);
    if (equals) return store(self, row, settings, equals + 1);
    if (*at + 1 >= argc) return usage_error(self, "%s wants %s", row->name, row->argument);
    return store(self, row, settings, argv[++*at]);
}

static int check_operands(const command *self, size_t n)
{
    if (n < self->min_operands) return usage_error(self, "%s is missing", self->operands);
    if (n <= self->max_operands) return 0;
    return *self->operands ? usage_error(self, "too many operands")
                           : usage_error(self, "takes options only");
}

/* What is printed in place of the command's work, NULL if `word` asks for nothing of the kind. */
typedef void (*printer)(const command *self, const void *settings);

static printer find_printer(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return print_help;
    return strcmp(word, "--man") == 0 ? print_command_page : NULL;
}

int parse_arguments(const command *self, void *settings, int argc, char **argv, int *exit_status)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
        const printer print = find_printer(argv[i]);
        if (!print) continue;
        print(self, settings);
        *exit_status = 0;
        return -1;
    }
    int n = 0;
    int only_operands = 0;
    for (int i = 0; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0)
            only_operands = 1;
        else if (only_operands || argv[i][0] != '-' || !argv[i][1])
            argv[n++] = argv[i];
        else if ((*exit_status = read_option(self, settings, argc, argv, &i)))
            return -1;
    }
    *exit_status = check_operands(self, (size_t)n);
    return *exit_status ? -1 : n;
}
