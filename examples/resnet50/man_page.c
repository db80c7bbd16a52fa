/* No date is written: the same source makes the same page. SPDX-License-Identifier: MIT */
#include "man_page.h"

#include "option_tables.h"

#include <ctype.h>
#include <resnet/version.h>
#include <stdio.h>
#include <string.h>

/* Text as roff has it: a hyphen that is to be copied is \-, and a dot or an apostrophe that begins a
 * line would be a request. Lines are filled anew, so that their ends are spaces. */
static void print_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\'')
            fputs("\\(aq", stdout);
        else if (*text == '.')
            fputs("\\&.", stdout);
        else
            putchar(*text == '\n' ? ' ' : *text);
    }
}

static void print_line(const char *request, const char *text)
{
    fputs(request, stdout);
    print_text(text);
    putchar('\n');
}

static void print_heading(const char *name, const char *summary)
{
    printf(".TH RESNET50");
    if (*name) putchar('-');
    for (const char *c = name; *c; c++) putchar(toupper((unsigned char)*c));
    printf(" 1 \"\" \"libresnet50 %s\" \"User Commands\"\n.SH NAME\nresnet50%s", resnet_version(),
           *name ? "\\-" : "");
    print_text(name);
    fputs(" \\- ", stdout);
    print_text(summary);
    putchar('\n');
}

/* --- a command's --- */

/* NAME wants a summary without the full stop. */
static void print_command_heading(const command *self)
{
    char summary[256];
    snprintf(summary, sizeof summary, "%s", self->summary);
    const size_t length = strlen(summary);
    if (length && summary[length - 1] == '.') summary[length - 1] = 0;
    print_heading(self->name, summary);
}

static void print_words(const option_row *row)
{
    const char *word = NULL;
    fputs("One of ", stdout);
    for (size_t i = 0; (word = option_word(row, i)); i++) {
        fputs(i ? ", " : "", stdout);
        print_text(word);
    }
    puts(".");
}

static void print_option(const option_row *row, const void *settings)
{
    char text[MAX_DEFAULT];
    fputs(".TP\n\\fB", stdout);
    print_text(row->name);
    fputs("\\fR", stdout);
    if (row->argument) {
        fputs(" \\fI", stdout);
        print_text(row->argument);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    print_text(row->help);
    if (*default_text(text, row, settings)) {
        fputs(" (default ", stdout);
        print_text(text);
        putchar(')');
    }
    putchar('\n');
    if (row->choices) {
        puts(".br");
        print_words(row);
    }
}

static void print_options(const command *self, const void *settings)
{
    const option_row *row = NULL;
    puts(".SH OPTIONS");
    for (option_walk walk = walk_options(self); (row = next_option(&walk));)
        print_option(row, settings);
    puts(".TP\n\\fB\\-\\-help\\fR\nTell all this in short.");
}

static void print_exit_status(void)
{
    puts(".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\nfailed\n.TP\n2\nwrong usage");
}

void print_command_page(const command *self, const void *settings)
{
    print_command_heading(self);
    printf(".SH SYNOPSIS\n\\fBresnet50 ");
    print_text(self->name);
    fputs("\\fR [\\fIOPTION\\fR]...", stdout);
    if (*self->operands) {
        fputs(" \\fI", stdout);
        print_text(self->operands);
        fputs("\\fR", stdout);
    }
    print_line("\n.SH DESCRIPTION\n", self->summary);
    if (*self->details) print_line(".PP\n", self->details);
    print_options(self, settings);
    print_exit_status();
    if (!(self->without & WITHOUT_WEIGHTS))
        puts(".SH ENVIRONMENT\n.TP\n.B RESNET50_WEIGHTS\nThe model where \\fB\\-\\-weights\\fR is "
             "not "
             "given.");
    puts(".SH SEE ALSO\n.BR resnet50 (1),\n.BR libresnet50 (7)");
}

/* --- the program's --- */

static void print_commands(const command *const commands[])
{
    puts(".SH COMMANDS");
    for (size_t i = 0; commands[i]; i++) {
        fputs(".TP\n\\fB", stdout);
        print_text(commands[i]->name);
        print_line("\\fR\n", commands[i]->summary);
    }
}

static void print_see_also(const command *const commands[])
{
    puts(".SH SEE ALSO");
    for (size_t i = 0; commands[i]; i++) {
        fputs(".BR resnet50\\-", stdout);
        print_text(commands[i]->name);
        puts(" (1),");
    }
    puts(".BR libresnet50 (7)");
}

void print_program_page(const command *const commands[])
{
    print_heading("", "classify pictures, teach a ResNet-50 new classes, measure how good it is");
    puts(".SH SYNOPSIS\n\\fBresnet50\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.SH DESCRIPTION");
    puts("Runs and trains ResNet\\-50 on the CPU. Each command has a manual page of its own and\n"
         "takes \\fB\\-\\-help\\fR. Messages go to standard error.");
    print_commands(commands);
    puts(".SH OPTIONS\n.TP\n\\fB\\-\\-help\\fR\nList the commands.\n"
         ".TP\n\\fB\\-\\-version\\fR\nTell the library's version and what it runs on.\n"
         ".TP\n\\fB\\-\\-completion\\fR \\fISHELL\\fR\nPrint what completes the command line in "
         "bash, zsh or fish.\n"
         ".TP\n\\fB\\-\\-man\\fR\nPrint this page, and after a command that of the command.");
    print_exit_status();
    puts(".TP\n3\na requirement was not met (\\fBevaluate\\fR)");
    print_see_also(commands);
}
