/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include "output.h"
#include "suggestion.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 22

static const option_row weights_options[] = {
    OPTION_TEXT(common_settings, weights, "--weights", "FILE",
                "model to use, in any format that is read: Keras .h5, .keras and\n"
                ".weights.h5, PyTorch .pth, .safetensors, our own .h5\n"
                "(default: the environment variable RESNET50_WEIGHTS)"),
    OPTION_END,
};
static const option_row recipe_options[] = {
    OPTION_TEXT(common_settings, recipe, "--recipe", "NAME",
                "preprocessing: torchvision-v1, torchvision-v2, keras, timm, unit,\n"
                "signed (default: the model's own)"),
    OPTION_U32(common_settings, size, "--size", "PX", 32, 2048,
               "side of the square the network sees (default: the recipe's)"),
    OPTION_END,
};
static const option_row thread_options[] = {
    OPTION_U32(common_settings, threads, "--threads", "N", 1, 4096,
               "worker threads (default: the cores this process may use)"),
    OPTION_END,
};
static const option_row general_options[] = {
    OPTION_FLAG(common_settings, json, "--json",
                "one JSON document on standard output, nothing else"),
    OPTION_END,
};

#define N_TABLES (MAX_OWN_TABLES + 4)

/* The tables of options a command has, its own first; NULL where it has no use for one. */
static void list_tables(const command *self, const option_row *tables[N_TABLES])
{
    const option_row **common = tables + MAX_OWN_TABLES;
    for (size_t i = 0; i < MAX_OWN_TABLES; i++) tables[i] = self->options[i];
    common[0] = self->without & WITHOUT_WEIGHTS ? NULL : weights_options;
    common[1] = self->without & WITHOUT_RECIPE ? NULL : recipe_options;
    common[2] = self->without & WITHOUT_THREADS ? NULL : thread_options;
    common[3] = general_options;
}

int usage_error(const command *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    say_error("%s: %s (see resnet50 %s --help)", self->name, text, self->name);
    free(text);
    return EXIT_USAGE;
}

/* --- help --- */

static const char *choice_name(const choice *choices, int32_t value)
{
    for (; choices->name; choices++)
        if (choices->value == value) return choices->name;
    return "";
}

static int is_whole(option_kind kind)
{
    return kind == KIND_U32 || kind == KIND_U64 || kind == KIND_U32S;
}

/* The value of an option that is one number; 0 for other kinds. */
static double number_of(const option_row *row, const void *settings)
{
    const void *field = (const char *)settings + row->offset;
    switch (row->kind) {
    case KIND_U32:
        return *(const uint32_t *)field;
    case KIND_U64:
        return (double)*(const uint64_t *)field;
    case KIND_F32:
        return (double)*(const float *)field;
    case KIND_F64:
        return *(const double *)field;
    default:
        return 0;
    }
}

/* The default is whatever the settings held before the first option was read. Zero or less means
 * that there is none, or that somebody else decides, which the option's help then says; so does a
 * value that cannot be given. */
static void print_default(const option_row *row, const void *settings)
{
    const double number = number_of(row, settings);
    if (number > 0 && number != UINT32_MAX)
        printf(is_whole(row->kind) ? " (default %.0f)" : " (default %g)", number);
    if (row->kind != KIND_CHOICE) return;
    const void *field = (const char *)settings + row->offset;
    const char *name = choice_name(row->choices, *(const int32_t *)field);
    if (*name) printf(" (default %s)", name);
}

static void print_indented(const char *lines)
{
    for (; *lines; lines++) {
        putchar(*lines);
        if (*lines == '\n') printf("%*s", HELP_COLUMN, "");
    }
}

/* On a line of their own, since some are many. */
static void print_choices(const choice *choices)
{
    printf("\n%*s", HELP_COLUMN, "");
    for (const choice *each = choices; each->name; each++)
        printf("%s%s", each == choices ? "" : ", ", each->name);
}

static void print_option(const option_row *row, const void *settings)
{
    const int width =
        printf("  %s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    if (width > HELP_COLUMN - 2) putchar('\n');
    printf("%*s", width > HELP_COLUMN - 2 ? HELP_COLUMN : HELP_COLUMN - width, "");
    print_indented(row->help);
    if (row->choices) print_choices(row->choices);
    print_default(row, settings);
    putchar('\n');
}

static void print_help(const command *self, const void *settings)
{
    const option_row *tables[N_TABLES];
    list_tables(self, tables);
    printf("usage: resnet50 %s [OPTION]...%s%s\n%s\n\n", self->name, *self->operands ? " " : "",
           self->operands, self->summary);
    for (size_t i = 0; i < N_TABLES; i++)
        for (const option_row *row = tables[i]; row && row->name; row++)
            print_option(row, settings);
    printf("  %-*s%s\n", HELP_COLUMN - 2, "--help", "this text");
    printf("%s%s\nExit status: 0 done, 1 failed, 2 wrong usage.\n", *self->details ? "\n" : "",
           self->details);
}

/* --- parsing --- */

const char *option_of_field(const command *self, const char *word, size_t length)
{
    const option_row *tables[N_TABLES];
    list_tables(self, tables);
    for (size_t i = 0; i < N_TABLES; i++)
        for (const option_row *row = tables[i]; row && row->name; row++) {
            const char *dot = strrchr(row->field, '.');
            const char *field = dot ? dot + 1 : row->field;
            if (strlen(field) == length && strncmp(field, word, length) == 0) return row->name;
        }
    return NULL;
}

static int refuse_option(const command *self, const char *name, size_t length)
{
    const option_row *tables[N_TABLES];
    char *word = strndup(name, length);
    suggestion near = suggestion_begin(word ? word : "");
    list_tables(self, tables);
    for (size_t i = 0; i < N_TABLES; i++)
        for (const option_row *row = tables[i]; row && row->name; row++)
            suggestion_offer(&near, row->name);
    const int status =
        usage_error(self, "there is no option %s%s", near.word, suggestion_ask(&near));
    free(word);
    return status;
}

static const option_row *find_option(const command *self, const char *name, size_t length)
{
    const option_row *tables[N_TABLES];
    list_tables(self, tables);
    for (size_t i = 0; i < N_TABLES; i++)
        for (const option_row *row = tables[i]; row && row->name; row++)
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

static int is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int parse_arguments(const command *self, void *settings, int argc, char **argv, int *exit_status)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
        if (!is_help(argv[i])) continue;
        print_help(self, settings);
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
