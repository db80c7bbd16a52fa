/* SPDX-License-Identifier: MIT */
#include "help.h"

#include "option_tables.h"

#include <stdio.h>

#define HELP_COLUMN 22

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
    char text[MAX_DEFAULT];
    const int width =
        printf("  %s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    if (width > HELP_COLUMN - 2) putchar('\n');
    printf("%*s", width > HELP_COLUMN - 2 ? HELP_COLUMN : HELP_COLUMN - width, "");
    print_indented(row->help);
    if (row->choices) print_choices(row->choices);
    if (*default_text(text, row, settings)) printf(" (default %s)", text);
    putchar('\n');
}

void print_help(const command *self, const void *settings)
{
    const option_row *row = NULL;
    printf("usage: resnet50 %s [OPTION]...%s%s\n%s\n\n", self->name, *self->operands ? " " : "",
           self->operands, self->summary);
    for (option_walk walk = walk_options(self); (row = next_option(&walk));)
        print_option(row, settings);
    printf("  %-*s%s\n", HELP_COLUMN - 2, "--help", "this text");
    printf("%s%s\nExit status: 0 done, 1 failed, 2 wrong usage.\n", *self->details ? "\n" : "",
           self->details);
}
